import * as v from 'valibot';
import { isHostName } from '../../../core/enrolment.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { DAY_MS, isoTime } from '../../../core/time.ts';
import { type EnrolmentToken, newEnrolmentToken } from '../../store/enrolment-tokens.ts';
import type { Caller } from '../authenticate.ts';
import type { ApiRequest } from '../http.ts';
import { type ApiData, type ApiError, badData } from '../reply.ts';
import { lastingMs, readJsonBody } from './body.ts';
import { goneMeanwhile, type TokenPorts } from './ports.ts';

/** The terms of `npm run key -- --enrol-token`, too. */
export const ENROLMENT_USES_MAX = 100_000;
export const ENROLMENT_MAX_DAYS = 366;
export const ENROLMENT_USUAL_MS = DAY_MS;

/** Good ones: some 200 KB to list. */
const ENROLMENT_TOKENS_MAX = 1000;

const USES_MESSAGE = `must be a whole number from 1 to ${ENROLMENT_USES_MAX}`;

const Wish = v.strictObject(
  {
    uses: v.optional(
      v.pipe(
        v.number(USES_MESSAGE),
        v.integer(USES_MESSAGE),
        v.minValue(1, USES_MESSAGE),
        v.maxValue(ENROLMENT_USES_MAX, USES_MESSAGE),
      ),
      1,
    ),
    expires: v.optional(
      lastingMs(ENROLMENT_MAX_DAYS * DAY_MS, `${ENROLMENT_MAX_DAYS} days`),
      ENROLMENT_USUAL_MS,
    ),
    hosts: v.exactOptional(
      v.pipe(
        v.string('must be a text'),
        v.check(isHostName, 'must be 1 to 253 characters without spaces, the first not "@"'),
      ),
    ),
    reEnrol: v.optional(v.boolean('must be true or false'), false),
  },
  'must be an object, and may have "uses", "expires", "hosts" and "reEnrol"',
);

/** `GET /api/v1/enrolment-tokens`: all, ended ones for 30 days; no secrets. */
export async function listEnrolment({
  enrolmentTokens,
  nowMs,
}: TokenPorts): Promise<Result<ApiData, ApiError>> {
  const now = nowMs();
  const all = [...(await enrolmentTokens.list())].sort((a, b) => b.createdAtMs - a.createdAtMs);
  return ok({ json: JSON.stringify(all.map((token) => viewOf(token, now))) });
}

/** `POST /api/v1/enrolment-tokens`: the one answer in which the token itself is. */
export async function makeEnrolment(
  request: Pick<ApiRequest, 'body' | 'mediaType'>,
  caller: Caller,
  { enrolmentTokens, isStillGood, audit, nowMs }: TokenPorts,
): Promise<Result<ApiData, ApiError>> {
  const wish = readJsonBody(request, Wish);
  if (!wish.ok) return wish;
  const now = nowMs();
  const { uses, expires, reEnrol, ...bound } = wish.value;
  const good = (await enrolmentTokens.list()).filter((token) => stateOf(token, now) === 'good');
  if (good.length >= ENROLMENT_TOKENS_MAX) {
    const message = `there are ${good.length} enrolment tokens, and at most ${ENROLMENT_TOKENS_MAX} are kept: end one first`;
    return err(badData(message));
  }
  const terms = { uses, expiresAtMs: now + expires, mayReEnrol: reEnrol, ...bound };
  const { token, known } = newEnrolmentToken(terms, now);
  const after = viewOf(known, now);
  const isMade = await audit.record(
    { who: caller.name, action: 'enrolment-token.add', subject: known.id, after },
    async () => {
      await enrolmentTokens.put(known);
      if (await isStillGood(caller)) return true;
      await enrolmentTokens.revoke(known);
      return false;
    },
    (made) => (made ? undefined : 'what it was asked with has ended'),
  );
  if (!isMade) return goneMeanwhile();
  return ok({ json: JSON.stringify({ ...after, token }) });
}

/** `DELETE /api/v1/enrolment-tokens/ID`; the keys that it gave go on. */
export async function endEnrolment(
  id: string,
  { name: who }: Caller,
  { enrolmentTokens, audit, nowMs }: TokenPorts,
): Promise<Result<ApiData, ApiError>> {
  const found = (await enrolmentTokens.list()).find((token) => token.id === id);
  if (found === undefined)
    return err({ kind: 'not_found', message: `there is no enrolment token ${id}` });
  const before = viewOf(found, nowMs());
  await audit.record({ who, action: 'enrolment-token.revoke', subject: id, before }, () =>
    enrolmentTokens.revoke(found),
  );
  return ok({ json: '{}' });
}

function viewOf(token: EnrolmentToken, nowMs: number) {
  const { id, uses, usesLeft, hosts, mayReEnrol, createdAtMs, expiresAtMs } = token;
  return {
    id,
    uses,
    usesLeft,
    ...(hosts === undefined ? {} : { hosts }),
    reEnrol: mayReEnrol,
    createdAt: isoTime(createdAtMs),
    endsAt: isoTime(expiresAtMs),
    state: stateOf(token, nowMs),
  };
}

function stateOf({ isRevoked, expiresAtMs, usesLeft }: EnrolmentToken, nowMs: number): string {
  if (isRevoked) return 'revoked';
  if (expiresAtMs <= nowMs) return 'ended';
  return usesLeft < 1 ? 'used up' : 'good';
}
