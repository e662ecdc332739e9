import * as v from 'valibot';
import type { LabelMatcher } from '../../core/alertmanager/matcher.ts';
import { createMatcher } from '../../core/alertmanager/parse-matcher.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { ApiRequest } from '../api/http.ts';
import { type Answer, REQUIRED, refused, rejected, TOO_FEW_ITEMS } from './reply.ts';
import { parseTimeMs } from './time.ts';

/** A silence as it was posted, checked as Alertmanager checks one. */
export interface PostedSilence {
  /** `''`: a new one. */
  readonly id: string;
  readonly matchers: readonly LabelMatcher[];
  /** 0: now. */
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly createdBy: string;
  readonly comment: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const time = v.pipe(
  v.string(),
  v.rawTransform<string, number>(({ dataset, addIssue, NEVER }) => {
    const ms = parseTimeMs(dataset.value);
    if (ms !== undefined) return ms;
    addIssue({
      message: `parsing time ${JSON.stringify(dataset.value)}: it is not an RFC 3339 time`,
    });
    return NEVER;
  }),
);

const matcherSchema = v.object({
  name: v.nullish(v.string()),
  value: v.nullish(v.string()),
  isRegex: v.nullish(v.boolean()),
  isEqual: v.nullish(v.boolean(), true),
});

const schema = v.object({
  id: v.nullish(v.string(), ''),
  comment: v.nullish(v.string()),
  createdBy: v.nullish(v.string()),
  startsAt: v.nullish(time),
  endsAt: v.nullish(time),
  matchers: v.nullish(v.array(matcherSchema)),
  annotations: v.nullish(v.record(v.string(), v.string()), {}),
});

type Body = v.InferOutput<typeof schema>;
type BodyMatcher = v.InferOutput<typeof matcherSchema>;

/** What must be there is. */
interface Whole extends Pick<PostedSilence, 'id' | 'comment' | 'createdBy' | 'annotations'> {
  readonly startsAt: number;
  readonly endsAt: number;
  readonly matchers: readonly WholeMatcher[];
}

type WholeMatcher = Pick<LabelMatcher, 'name' | 'op' | 'value'>;

/** Reads the body of `POST /api/v2/silences`, or says in Alertmanager's words what is wrong with it. */
export function readSilence(
  { body, mediaType }: Pick<ApiRequest, 'body' | 'mediaType'>,
  nowMs: number,
): Result<PostedSilence, Answer> {
  if (mediaType !== 'application/json' && body !== '') {
    const message = `unsupported media type ${JSON.stringify(mediaType || 'application/octet-stream')}, only [application/json] are allowed`;
    return err(rejected(415, message));
  }
  if (body === '') return err(rejected(REQUIRED, 'silence in body is required'));
  const decoded = decode(body);
  if (!decoded.ok)
    return err(rejected(400, `parsing silence body from "" failed, because ${decoded.error}`));
  const whole = checkWhole(decoded.value);
  if (!whole.ok) return whole;
  const matchers = readMatchers(whole.value.matchers);
  if (!matchers.ok) return err(refused(400, `invalid silence: ${matchers.error}`));
  const { id, createdBy, comment, annotations, startsAt, endsAt } = whole.value;
  const startsAtMs = startsAt === 0 ? nowMs : startsAt;
  const problem = timeProblem(startsAtMs, endsAt, nowMs);
  if (problem !== undefined) return err(refused(400, `Failed to create silence: ${problem}`));
  return ok({
    ...{ id, createdBy, comment, annotations, startsAtMs, endsAtMs: endsAt },
    matchers: matchers.value,
  });
}

function decode(text: string): Result<Body, string> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
  // For valibot a list is an object like any other.
  if (Array.isArray(json)) return err('it is a list, not an object');
  const body = v.safeParse(schema, json ?? {});
  if (body.success) return ok(body.output);
  const [issue] = body.issues;
  const path = v.getDotPath(issue);
  return err(path === null ? issue.message : `${path}: ${issue.message}`);
}

/** Is all there? Looked at in the order of names, as Alertmanager does. `null` is what was left out. */
function checkWhole(body: Body): Result<Whole, Answer> {
  const { id, annotations, comment, createdBy, endsAt, matchers, startsAt } = body;
  if (comment == null || createdBy == null || endsAt == null || !matchers || startsAt == null) {
    const missing = missingOf({ comment, createdBy, endsAt, matchers, startsAt });
    return err(rejected(REQUIRED, `${missing} in body is required`));
  }
  if (matchers.length === 0)
    return err(rejected(TOO_FEW_ITEMS, 'matchers in body should have at least 1 items'));
  const whole: WholeMatcher[] = [];
  for (const [i, matcher] of matchers.entries()) {
    const { isRegex, name, value } = matcher;
    if (isRegex == null || name == null || value == null) {
      const missing = missingOf({ isRegex, name, value });
      return err(rejected(REQUIRED, `matchers.${i}.${missing} in body is required`));
    }
    whole.push({ name, op: opOf(matcher), value });
  }
  return ok({ id, annotations, comment, createdBy, endsAt, matchers: whole, startsAt });
}

function missingOf(members: Readonly<Record<string, unknown>>): string | undefined {
  return Object.entries(members).find(([, value]) => value == null)?.[0];
}

function opOf({ isRegex, isEqual }: BodyMatcher): LabelMatcher['op'] {
  if (isRegex) return isEqual ? '=~' : '!~';
  return isEqual ? '=' : '!=';
}

/** Source: alertmanager/silence, validateSilence. */
function readMatchers(posted: readonly WholeMatcher[]): Result<LabelMatcher[], string> {
  const matchers: LabelMatcher[] = [];
  for (const [i, { name, op, value }] of posted.entries()) {
    const at = `invalid label matcher ${i} in set 0`;
    if (name === '') return err(`${at}: invalid label name ""`);
    const matcher = createMatcher(name, op, value);
    if (!matcher.ok)
      return err(`${at}: invalid regular expression ${JSON.stringify(value)}: ${matcher.error}`);
    matchers.push(matcher.value);
  }
  // A negative matcher asks for something, whatever it is: so Alertmanager sees it.
  const isBroad = matchers.every(({ op, matches }) => !op.startsWith('!') && matches(''));
  return isBroad
    ? err('matcher set 0: at least one matcher must not match the empty string')
    : ok(matchers);
}

function timeProblem(startsAtMs: number, endsAtMs: number, nowMs: number): string | undefined {
  if (startsAtMs >= endsAtMs) return 'start time must be before end time';
  return endsAtMs < nowMs ? "end time can't be in the past" : undefined;
}
