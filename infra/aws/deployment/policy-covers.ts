import * as v from 'valibot';

const Texts = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((texts) => [texts].flat()),
);
const Conditions = v.record(v.string(), v.record(v.string(), Texts));

/** An Allow statement as far as it is compared; one with NotPrincipal or NotAction is no such. */
const Allow = v.object({
  Effect: v.literal('Allow'),
  Principal: v.union([v.literal('*'), v.record(v.string(), Texts)]),
  Action: Texts,
  Resource: Texts,
  Condition: v.optional(Conditions, {}),
});
type Allow = v.InferOutput<typeof Allow>;

const Policy = v.object({ Statement: v.unknown() });

/** Operators of conditions, and whether `*` in their values stands for any characters. */
const OPERATORS: ReadonlyMap<string, boolean> = new Map([
  ['StringEquals', false],
  ['StringLike', true],
  ['ArnEquals', true],
  ['ArnLike', true],
]);

/**
 * Whether one statement of a key's policy allows all that another one does, as far as their texts show: it has the
 * same principals, actions and conditions, or plainly wider ones. `false` does not mean that the policy refuses: it may
 * say the same in other words; nor does `true` mean that it allows, as a Deny elsewhere in it is not looked at.
 *
 * @param needed a statement that allows something, as JSON has it
 */
export function coversPlainly(policy: unknown, keyArn: string, needed: unknown): boolean {
  const parsed = v.safeParse(Policy, policy);
  if (!parsed.success) return false;
  const need = v.parse(Allow, needed);
  return [parsed.output.Statement].flat().some((one) => {
    const had = v.safeParse(Allow, one);
    return had.success && isWider(had.output, need, keyArn);
  });
}

function isWider(had: Allow, need: Allow, keyArn: string): boolean {
  return (
    had.Resource.some((one) => one === '*' || one === keyArn) &&
    namesAll(had.Principal, need.Principal) &&
    need.Action.every((action) =>
      had.Action.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())),
    ) &&
    holdsWhenever(had.Condition, need.Condition)
  );
}

function namesAll(had: Allow['Principal'], need: Allow['Principal']): boolean {
  return Object.entries(byKind(need)).every(([kind, names]) => {
    const known = byKind(had)[kind] ?? [];
    return names.every((name) => known.includes(name));
  });
}

/** Everybody is `*` or `{ AWS: '*' }`. */
function byKind(principal: Allow['Principal']): Readonly<Record<string, readonly string[]>> {
  return principal === '*' ? { AWS: ['*'] } : principal;
}

/** Does each of the one's conditions hold where all of the other's do? */
function holdsWhenever(had: Allow['Condition'], need: Allow['Condition']): boolean {
  const known = new Map(
    Object.values(need)
      .flatMap((one) => Object.entries(one))
      .map(([key, values]) => [key.toLowerCase(), values]),
  );
  return Object.entries(had).every(([operator, conditions]) => {
    const hasWildcards = OPERATORS.get(operator);
    if (hasWildcards === undefined) return false;
    return Object.entries(conditions).every(([key, patterns]) =>
      known
        .get(key.toLowerCase())
        ?.every((value) =>
          patterns.some((one) => one === value || (hasWildcards && matches(one, value))),
        ),
    );
  });
}

/** `*` stands for any characters. */
function matches(pattern: string, text: string): boolean {
  return new RegExp(`^${pattern.replace(/[^\w*]/g, '\\$&').replaceAll('*', '.*')}$`).test(text);
}
