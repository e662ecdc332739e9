/**
 * A condition on one label, as routes, inhibition rules and silences have it. An absent label counts
 * as the empty text. Regular expressions are RE2's and match the whole value.
 */
export interface LabelMatcher {
  readonly name: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
  /** Is the condition met by this value of the label? */
  readonly matches: (value: string) => boolean;
}

/** Label set of an alert: names to values; includes `alertname`. */
export type AlertLabels = Readonly<Record<string, string>>;

/** Are all conditions met? None is met by everything. */
export function matchesLabels(matchers: readonly LabelMatcher[], labels: AlertLabels): boolean {
  return matchers.every(({ name, matches }) =>
    matches(Object.hasOwn(labels, name) ? (labels[name] ?? '') : ''),
  );
}
