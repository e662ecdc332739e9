import * as v from 'valibot';
import { PUSH_LANGUAGES, type PushBrowser } from '../../../core/answers/push.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { isoTime } from '../../../core/time.ts';
import { checkedEndpoint } from '../../notify/push-service.ts';
import { type PushSubscription, pushIdOf } from '../../store/push-subscriptions.ts';
import { type Caller, personOf } from '../authenticate.ts';
import type { ApiRequest } from '../http.ts';
import { type ApiData, type ApiError, badData } from '../reply.ts';
import { readJsonBody } from '../tokens/body.ts';
import type { PushPorts } from './ports.ts';

/** Of one person, or one service's token. */
const OWN_BROWSERS_MAX = 20;
/** In all: a message to them is so many requests, 20 at once, of some 100 ms each. */
const BROWSERS_MAX = 200;
const BROWSER_NAME_MAX_CHARS = 80;

const SEVERITIES = ['critical', 'warning', 'info'] as const;
const NAME_MESSAGE = `must be 1 to ${BROWSER_NAME_MAX_CHARS} characters, none of them a control character`;

/** An uncompressed point of P-256 is 65 bytes, the secret 16. Source: RFC 8291, 3.2. */
const key = (bytes: number, first: string) =>
  v.pipe(
    v.string('must be a text'),
    v.check(
      (text) =>
        /^[A-Za-z0-9_-]+=*$/.test(text) &&
        Buffer.from(text, 'base64url').length === bytes &&
        Buffer.from(text, 'base64url').toString('hex').startsWith(first),
      `must be ${bytes} bytes in base64url, as the browser gives them`,
    ),
  );

const Wish = v.strictObject(
  {
    endpoint: v.string('must be a text'),
    keys: v.strictObject(
      { p256dh: key(65, '04'), auth: key(16, '') },
      'must be {"p256dh": KEY, "auth": SECRET}',
    ),
    severities: v.pipe(
      v.array(v.picklist(SEVERITIES, `must be one of ${SEVERITIES.join(', ')}`), 'must be a list'),
      v.minLength(1, 'must name one severity at least'),
      v.transform((wanted) => SEVERITIES.filter((severity) => wanted.includes(severity))),
    ),
    language: v.optional(
      v.picklist(PUSH_LANGUAGES, `must be one of ${PUSH_LANGUAGES.join(', ')}`),
      'en',
    ),
    /** The address that the push service has changed for this one: what was said of it holds on. */
    previous: v.exactOptional(v.string('must be a text')),
    browser: v.pipe(
      v.string('must be a text that says which browser it is'),
      v.minLength(1, NAME_MESSAGE),
      v.maxLength(BROWSER_NAME_MAX_CHARS, NAME_MESSAGE),
      v.regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, NAME_MESSAGE),
    ),
  },
  'must be {"endpoint": URL, "keys": KEYS, "severities": LIST, "browser": NAME}, and may have "language" and "previous"',
);

/** `GET /api/v1/push/subscriptions`: an admin sees all, others their own; nothing a message could be sent by. */
export async function listBrowsers(
  caller: Caller,
  { subscriptions, nowMs }: PushPorts,
): Promise<Result<ApiData, ApiError>> {
  const all = (await subscriptions.list(nowMs())).filter((one) => mayHandle(caller, one));
  all.sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1));
  return ok({ json: JSON.stringify(all.map(viewOf)) });
}

/** `POST /api/v1/push/subscriptions`: the same browser again changes what it hears of. */
export async function subscribeBrowser(
  request: Pick<ApiRequest, 'body' | 'mediaType'>,
  caller: Caller,
  { subscriptions, localOrigin, audit, nowMs }: PushPorts,
): Promise<Result<ApiData, ApiError>> {
  const wish = readJsonBody(request, Wish);
  if (!wish.ok) return wish;
  const { endpoint, keys, previous, ...wanted } = wish.value;
  const url = checkedEndpoint(endpoint, localOrigin);
  if (!url.ok) return err(badData(`endpoint: ${url.error}`));
  const id = pushIdOf(endpoint);
  const now = nowMs();
  const all = await subscriptions.list(now);
  const known = all.find((one) => one.id === id);
  // Whoever knows an endpoint and its secret has the browser: it is theirs from now on.
  if (known !== undefined && !mayHandle(caller, known) && known.auth !== keys.auth)
    return err({ kind: 'forbidden', message: 'this browser was subscribed by somebody else' });
  const replaced = all.find(
    (one) => previous !== undefined && one.id === pushIdOf(previous) && mayHandle(caller, one),
  );
  const others = all.filter((one) => one.id !== id && one !== replaced);
  const own = others.filter((one) => isOwn(caller, one)).length;
  if (own >= OWN_BROWSERS_MAX)
    return err(
      badData(`you have ${own} browsers, and at most ${OWN_BROWSERS_MAX} are kept: end one first`),
    );
  if (others.length >= BROWSERS_MAX)
    return err(
      badData(`there are ${others.length} browsers, and at most ${BROWSERS_MAX} are kept`),
    );
  const person = personOf(caller);
  const { token } = caller;
  const made: PushSubscription = {
    ...{ id, endpoint, ...keys, ...saidOf(replaced ?? wanted) },
    owner: caller.name,
    ...(person === undefined ? {} : { person }),
    ...(token === undefined ? {} : { tokenId: token.id }),
    createdAtMs: known?.createdAtMs ?? now,
    ...(token?.endsAtMs === undefined ? {} : { endsAtMs: token.endsAtMs }),
  };
  const after = viewOf(made);
  const before = known === undefined ? {} : { before: viewOf(known) };
  await audit.record(
    { who: caller.name, action: 'push.subscribe', subject: id, ...before, after },
    async () => {
      await subscriptions.put(made);
      if (replaced !== undefined && replaced.id !== id) await subscriptions.remove(replaced.id);
    },
  );
  return ok({ json: JSON.stringify(after) });
}

function saidOf({
  severities,
  language,
  browser,
}: Pick<PushSubscription, 'severities' | 'language' | 'browser'>) {
  return { severities, language, browser };
}

/** `DELETE /api/v1/push/subscriptions/ID`. */
export async function endBrowser(
  id: string,
  caller: Caller,
  { subscriptions, audit, nowMs }: PushPorts,
): Promise<Result<ApiData, ApiError>> {
  const found = (await subscriptions.list(nowMs())).find(
    (one) => one.id === id && mayHandle(caller, one),
  );
  if (found === undefined) return noBrowser(id);
  await audit.record(
    { who: caller.name, action: 'push.unsubscribe', subject: id, before: viewOf(found) },
    () => subscriptions.remove(id),
  );
  return ok({ json: '{}' });
}

/** Whose it is else is nobody's business. */
export function noBrowser(id: string): Result<never, ApiError> {
  return err({ kind: 'not_found', message: `no browser ${id} of yours` });
}

/** One's own, and an admin's all. */
export function mayHandle(caller: Caller, subscription: PushSubscription): boolean {
  return caller.role === 'admin' || isOwn(caller, subscription);
}

/** Of the person, whatever they asked with; of a service, of that very token. */
function isOwn(caller: Caller, { person, tokenId }: PushSubscription): boolean {
  const own = personOf(caller);
  if (own !== undefined) return own === person;
  return caller.token !== undefined && person === undefined && caller.token.id === tokenId;
}

function viewOf({
  id,
  browser,
  owner,
  severities,
  language,
  endpoint,
  createdAtMs,
  endsAtMs,
}: PushSubscription): PushBrowser {
  return {
    ...{ id, browser, owner, severities, language },
    service: new URL(endpoint).hostname,
    createdAt: isoTime(createdAtMs),
    ...(endsAtMs === undefined ? {} : { endsAt: isoTime(endsAtMs) }),
  };
}
