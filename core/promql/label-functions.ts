import type { RE2JS } from 're2js';
import type { Result } from '../result.ts';
import { type Labels, labelValue, METRIC_NAME, withLabels } from '../series/labels.ts';
import type { PromqlError } from './ast.ts';
import { type Block, mergeEqualRows } from './block.ts';
import { executionError } from './context.ts';
import { isMarked, marked, nameGoes } from './delayed-names.ts';
import { compileAnchored } from './selector.ts';

/** Is it a name a label may have? Prometheus 3: any text that is valid UTF-8 and not empty. */
export function isLabelName(name: string): boolean {
  return name !== '' && name.isWellFormed();
}

/** A value doubles with each `label_replace` around it: 30 of them would fill all memory. */
const VALUE_MAX_CHARS = 16_384;

/** Of all series together: with a long text for each of many they would fill it as well. */
const VALUES_MAX_CHARS = 32 << 20;

function valueTooLong(name: string): Result<never, PromqlError> {
  return executionError(
    `${name}() makes a label of more than ${VALUE_MAX_CHARS} characters, or labels of more than ${VALUES_MAX_CHARS}`,
  );
}

/**
 * `label_replace`: where the whole source label matches the pattern, the destination becomes the
 * replacement, `$1` and `${name}` in it standing for capture groups.
 */
export function labelReplace(
  block: Block,
  destination: string,
  replacement: string,
  source: string,
  pattern: string,
): Result<Block, PromqlError> {
  const compiled = compileAnchored(pattern);
  if (!compiled.ok)
    return executionError(`invalid regular expression in label_replace(): ${pattern}`);
  if (!isLabelName(destination))
    return executionError(`invalid destination label name in label_replace(): ${destination}`);
  const known = new Map<string, string | undefined>();
  let chars = 0;
  const labels: Labels[] = [];
  for (const rowLabels of block.labels) {
    const value = labelValue(rowLabels, source);
    let replaced = known.get(value);
    if (replaced === undefined && !known.has(value)) {
      replaced = expand(compiled.value, replacement, value);
      known.set(value, replaced);
      const { length } = replaced ?? '';
      chars += length;
      if (length > VALUE_MAX_CHARS || chars > VALUES_MAX_CHARS)
        return valueTooLong('label_replace');
    }
    labels.push(
      replaced === undefined ? rowLabels : replacedLabel(rowLabels, destination, replaced),
    );
  }
  return mergeEqualRows({ ...block, labels, distinct: false });
}

/** With a new value of a label; a name that is given now stays. */
function replacedLabel(labels: Labels, name: string, value: string): Labels {
  const goes = nameGoes(labels) && name !== METRIC_NAME;
  const replaced = withLabels(labels, { [name]: value });
  return isMarked(labels) ? marked(replaced, goes) : replaced;
}

/** The replacement with groups filled in, or undefined when the value does not match. Too long a one is cut. */
function expand(pattern: RE2JS, replacement: string, value: string): string | undefined {
  const matcher = pattern.matcher(value);
  if (!matcher.matches()) return undefined;
  let chars = 0;
  const filled = (text: string): string => {
    chars += text.length;
    // A hundred thousand references to a long value are more than any string holds.
    return chars > 2 * VALUE_MAX_CHARS ? '' : text;
  };
  return replacement.replaceAll(
    /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu,
    (_all, dollar?: string, braced?: string, bare?: string) => {
      if (dollar !== undefined) return '$';
      const name = braced ?? bare ?? '';
      if (/^\d+$/.test(name))
        return Number(name) <= matcher.groupCount()
          ? filled(matcher.group(Number(name)) ?? '')
          : '';
      return name in pattern.namedGroups() ? filled(matcher.group(name) ?? '') : '';
    },
  );
}

/** `label_join`: the destination becomes the source labels' values with the separator between. */
export function labelJoin(
  block: Block,
  destination: string,
  separator: string,
  sources: readonly string[],
): Result<Block, PromqlError> {
  const invalid = sources.find((source) => !isLabelName(source));
  if (invalid !== undefined)
    return executionError(`invalid source label name in label_join(): ${invalid}`);
  if (!isLabelName(destination))
    return executionError(`invalid destination label name in label_join(): ${destination}`);
  let chars = 0;
  const labels: Labels[] = [];
  for (const rowLabels of block.labels) {
    const values = sources.map((source) => labelValue(rowLabels, source));
    const between = separator.length * Math.max(0, values.length - 1);
    const length = values.reduce((sum, value) => sum + value.length, between);
    chars += length;
    if (length > VALUE_MAX_CHARS || chars > VALUES_MAX_CHARS) return valueTooLong('label_join');
    labels.push(replacedLabel(rowLabels, destination, values.join(separator)));
  }
  return mergeEqualRows({ ...block, labels, distinct: false });
}
