import { err, ok, type Result } from '../../../core/result.ts';
import { isoTime } from '../../../core/time.ts';
import { type ApiToken, hasTokenEnded, newApiToken } from '../../store/api-tokens.ts';
import { type Caller, personOf } from '../authenticate.ts';
import type { ApiRequest } from '../http.ts';
import { type ApiData, type ApiError, badData } from '../reply.ts';
import { readJsonBody } from './body.ts';
import { goneMeanwhile, type TokenPorts } from './ports.ts';
import { grantToken, TokenWish } from './token-terms.ts';

/** Good ones of one person. */
const PERSON_TOKENS_MAX = 50;
/** Of one person, ended ones too, which stay for 30 days: all are read to make another. */
const PERSON_KEPT_MAX = 500;
/** Good ones in all: some 200 KB to list. */
const TOKENS_MAX = 1000;

/** `GET /api/v1/tokens`: an admin sees all, others their own; no secrets. Ended ones are listed for 30 days. */
export async function listTokens(
  caller: Caller,
  { apiTokens, nowMs }: TokenPorts,
): Promise<Result<ApiData, ApiError>> {
  const now = nowMs();
  const own = (await apiTokens.list()).filter((token) => mayEnd(caller, token));
  own.sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1));
  return ok({ json: JSON.stringify(own.map((token) => viewOf(token, now))) });
}

/** `POST /api/v1/tokens`: the one answer in which the token itself is. */
export async function makeToken(
  request: Pick<ApiRequest, 'body' | 'mediaType'>,
  caller: Caller,
  { apiTokens, isStillGood, audit, nowMs }: TokenPorts,
): Promise<Result<ApiData, ApiError>> {
  const wish = readJsonBody(request, TokenWish);
  if (!wish.ok) return wish;
  const now = nowMs();
  const terms = grantToken(caller, wish.value, now);
  if (!terms.ok) return terms;
  const all = await apiTokens.list();
  const good = all.filter((token) => !hasTokenEnded(token, now));
  const { owner } = terms.value;
  const isOwn = (token: ApiToken) => owner !== undefined && token.owner === owner;
  const own = good.filter(isOwn);
  const kept = all.filter(isOwn).length;
  if (kept >= PERSON_KEPT_MAX)
    return err(
      badData(`you made ${kept} tokens lately, and ended ones are kept for 30 days: wait`),
    );
  if (own.length >= PERSON_TOKENS_MAX)
    return full(`you have ${own.length} tokens, and at most ${PERSON_TOKENS_MAX} are kept`);
  if (good.length >= TOKENS_MAX)
    return full(`there are ${good.length} tokens, and at most ${TOKENS_MAX} are kept`);
  const { token, known } = newApiToken(wish.value.name, now, terms.value);
  const after = viewOf(known, now);
  const isMade = await audit.record(
    { who: caller.name, action: 'token.add', subject: known.id, after },
    async () => {
      await apiTokens.put(known);
      if (await isStillGood(caller)) return true;
      await apiTokens.revoke(known, nowMs());
      return false;
    },
    (made) => (made ? undefined : 'what it was asked with has ended'),
  );
  if (!isMade) return goneMeanwhile();
  return ok({ json: JSON.stringify({ ...after, token }) });
}

/** `DELETE /api/v1/tokens/ID`. Done again, it tells again that the token has ended. */
export async function endToken(
  id: string,
  caller: Caller,
  { apiTokens, audit, nowMs }: TokenPorts,
): Promise<Result<ApiData, ApiError>> {
  const found = (await apiTokens.list()).find((token) => token.id === id && mayEnd(caller, token));
  // Whose it is else is nobody's business.
  if (found === undefined) return err({ kind: 'not_found', message: `no token ${id} of yours` });
  const before = viewOf(found, nowMs());
  await audit.record({ who: caller.name, action: 'token.revoke', subject: id, before }, () =>
    apiTokens.revoke(found, nowMs()),
  );
  return ok({ json: '{}' });
}

/** One's own: as a person all of one's tokens, as a service the very token it asks with. Admins: all. */
function mayEnd(caller: Caller, { id, owner }: ApiToken): boolean {
  if (caller.role === 'admin' || caller.token?.id === id) return true;
  const person = personOf(caller);
  return person !== undefined && person === owner;
}

function full(message: string): Result<never, ApiError> {
  return err(badData(`${message}: end one first`));
}

function viewOf(
  { id, name, role, owner, areas, by, createdAtMs, endsAtMs }: ApiToken,
  nowMs: number,
) {
  return {
    id,
    name,
    kind: owner === undefined ? 'service' : 'personal',
    ...(owner === undefined ? {} : { owner }),
    role,
    ...(areas === undefined ? {} : { areas }),
    ...(by === undefined ? {} : { by }),
    createdAt: isoTime(createdAtMs),
    ...(endsAtMs === undefined ? {} : { endsAt: isoTime(endsAtMs) }),
    state: hasTokenEnded({ role, endsAtMs }, nowMs) ? 'ended' : 'good',
  };
}
