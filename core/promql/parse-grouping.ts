import { isLabelName } from './label-functions.ts';
import { unquoted } from './parse-selector.ts';
import { quote } from './string-literal.ts';
import type { TokenReader } from './token-reader.ts';
import { isGroupingLabel } from './tokens.ts';

const WHERE = 'grouping opts';

/** The label names in `(a, "b c")` of by, without, on, ignoring and group_x. */
export function parseGrouping(reader: TokenReader): string[] {
  const names: string[] = [];
  if (reader.takeIf('(') === undefined) {
    reader.unexpected(WHERE, '"("');
    return names;
  }
  while (reader.takeIf(')') === undefined) {
    const name = parseLabel(reader);
    if (name === undefined) {
      reader.unexpected(WHERE, 'label');
      return names;
    }
    names.push(name);
    if (reader.takeIf(',') === undefined && reader.peek().type !== ')') {
      reader.unexpected(WHERE, '"," or ")"');
      return names;
    }
  }
  return names;
}

function parseLabel(reader: TokenReader): string | undefined {
  const token = reader.peek();
  if (token.type !== 'string' && !isGroupingLabel(token)) return undefined;
  reader.take();
  if (token.type !== 'string') return token.text;
  const name = unquoted(token, reader);
  if (!isLabelName(name)) reader.note(token, `invalid label name for grouping: ${quote(name)}`);
  return name;
}
