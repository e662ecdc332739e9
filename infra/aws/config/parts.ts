import * as v from 'valibot';

/** A whole number within bounds; the error names them. */
export function wholeNumber(min: number, max: number) {
  const message = `not a whole number from ${min} to ${max}`;
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(min, message),
    v.maxValue(max, message),
  );
}

/** A switch that is off unless named. */
export function yesOrNo(byDefault: boolean) {
  return v.optional(v.boolean('neither true nor false'), byDefault);
}

/** A text of a format; `otherwise` says what it is not. */
export function textLike(format: RegExp, otherwise: string) {
  return v.pipe(v.string('not a text'), v.regex(format, otherwise));
}

/** What an object that knows all its keys says of another key, a missing one, or no object at all. */
export function problem(issue: v.StrictObjectIssue): string {
  if (issue.expected === 'never') return 'no such setting';
  return issue.expected === 'Object' ? 'not an object' : 'is missing';
}

/** A list that names nothing twice. */
export function listOf(item: v.GenericSchema<string>, max: number) {
  return v.optional(uniqueList(item, max), []);
}

/** The same, which has to be there and to name something. */
export function someOf(item: v.GenericSchema<string>, max: number) {
  return v.pipe(uniqueList(item, max), v.minLength(1, 'names nothing'));
}

function uniqueList(item: v.GenericSchema<string>, max: number) {
  return v.pipe(
    v.array(item, 'not a list'),
    v.maxLength(max, `more than ${max} entries`),
    v.check((all) => new Set(all).size === all.length, 'names something twice'),
  );
}
