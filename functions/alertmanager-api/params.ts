import {
  type AlertLabels,
  type LabelMatcher,
  matchesLabels,
} from '../../core/alertmanager/matcher.ts';
import { createMatcher, parseMatcher } from '../../core/alertmanager/parse-matcher.ts';
import { err, ok, type Result } from '../../core/result.ts';

/** Parameters of requests as Alertmanager reads them. */

/** What counts as true; all else is false. Source: go-openapi/swag, ConvertBool. */
const TRUE: ReadonlySet<string> = new Set([
  ...['true', '1', 'yes', 'ok', 'y', 'on', 'selected', 'checked', 't', 'enabled'],
]);

/** Each costs a look at every alert. */
const MAX_FILTERS = 100;

/** A boolean that is true when it is left out; of several the last counts. */
export function boolParam(params: URLSearchParams, name: string): boolean {
  const text = params.getAll(name).at(-1) ?? '';
  return text === '' || TRUE.has(text.toLowerCase());
}

/** The matchers given as `filter`, each a parameter of its own. */
export function filterParam(
  params: URLSearchParams,
  name = 'filter',
): Result<readonly LabelMatcher[], string> {
  return readMatchers(params.getAll(name));
}

/** Texts of one matcher each. */
export function readMatchers(texts: readonly string[]): Result<readonly LabelMatcher[], string> {
  if (texts.length > MAX_FILTERS)
    return err(`${texts.length} matchers; at most ${MAX_FILTERS} are taken`);
  const matchers: LabelMatcher[] = [];
  for (const text of texts) {
    const matcher = parseMatcher(text);
    if (!matcher.ok) return matcher;
    matchers.push(matcher.value);
  }
  return ok(matchers);
}

/** Is the receiver of this name asked for? */
export type ReceiverFilter = (name: string) => boolean;

/** By `receiver`, a regular expression of the whole name, and by `receiver_matchers`. */
export function receiverFilter(params: URLSearchParams): Result<ReceiverFilter, string> {
  const pattern = params.getAll('receiver').at(-1) ?? '';
  const matcher = createMatcher('receiver', '=~', pattern);
  if (!matcher.ok) return err(`failed to parse receiver param: ${matcher.error}`);
  const fits = receiverLabelFilter(params);
  if (!fits.ok) return fits;
  return ok((name) => fits.value(name) && (pattern === '' || matcher.value.matches(name)));
}

/** By `receiver_matchers`, conditions on a receiver's labels. */
export function receiverLabelFilter(params: URLSearchParams): Result<ReceiverFilter, string> {
  const matchers = filterParam(params, 'receiver_matchers');
  if (!matchers.ok) return err(`failed to parse receiver_matchers param: ${matchers.error}`);
  return ok((name) => matchesLabels(matchers.value, receiverLabels(name)));
}

/** What each receiver has in Alertmanager, too, unless its configuration says more. */
export function receiverLabels(name: string): AlertLabels {
  return { name };
}
