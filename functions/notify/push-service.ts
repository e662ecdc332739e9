import { err, ok, type Result } from '../../core/result.ts';
import type { PushKeys } from '../store/push-keys.ts';
import { errorText, PASSING, retryAfterMs } from './deliver-http.ts';
import { ForbiddenAddress, isInternalAddress, publicLookup } from './egress.ts';
import { type Answer, exchange } from './http-exchange.ts';
import { redacted } from './redact.ts';

/** Where a push service takes messages for one browser, and what they are encrypted with. */
export interface PushTarget {
  /** A secret: whoever knows it may send. */
  readonly endpoint: string;
  readonly p256dh: string;
  readonly auth: string;
}

export interface PushOptions {
  readonly keys: PushKeys;
  /** Where push services can ask who sends: an https or mailto address. */
  readonly contact: string;
  /** Only for a local or test push service: an origin that may be internal, and without TLS. */
  readonly localOrigin?: string | undefined;
  readonly nowMs: () => number;
}

/** How the service is to treat a message. */
export interface PushTerms {
  /** At most 32 characters of base64url: a newer one of the same takes its place while the browser is away. */
  readonly topic: string;
  /** The service keeps it for so long. */
  readonly ttlSeconds: number;
  readonly urgency: 'high' | 'normal' | 'low';
}

/** `gone`: the browser has unsubscribed, and no later message will reach it. */
export type PushOutcome =
  | { readonly kind: 'sent' }
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'failed';
      readonly retry: boolean;
      readonly reason: string;
      readonly retryAfterMs?: number;
    };

const TIMEOUT_MS = 10_000;
/** Push services' own have some 200. */
const ENDPOINT_MAX_CHARS = 2048;

/** Where messages may go: what a browser says its push service is comes from whoever asks. */
export function checkedEndpoint(text: string, localOrigin?: string): Result<URL, string> {
  if (text.length > ENDPOINT_MAX_CHARS) return err(`longer than ${ENDPOINT_MAX_CHARS} characters`);
  if (!URL.canParse(text)) return err('not an address');
  const url = new URL(text);
  if (localOrigin !== undefined && url.origin === localOrigin) return ok(url);
  if (url.protocol !== 'https:') return err('does not begin with https://');
  if (url.username !== '' || url.password !== '') return err('holds a password');
  if (url.port !== '') return err('names a port');
  const isName =
    url.hostname.includes('.') && !/\.(localhost|local|internal|lan)\.?$/.test(url.hostname);
  if (isInternalAddress(url.hostname) || (!isName && !url.hostname.startsWith('[')))
    return err('is not on the internet');
  return ok(url);
}

/** Sends one message to one browser; never rejects. */
export async function sendPush(
  target: PushTarget,
  payload: string,
  terms: PushTerms,
  { keys, contact, localOrigin, nowMs }: PushOptions,
  signal?: AbortSignal,
): Promise<PushOutcome> {
  const url = checkedEndpoint(target.endpoint, localOrigin);
  if (!url.ok) return failed(`the endpoint ${url.error}`, false);
  const { origin, host } = url.value;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const { headers, body } = await requestOf(target, payload, terms, keys, contact);
    const answer = await exchange(
      { method: 'POST', url: url.value, headers, body },
      {
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
        followRedirects: false,
        allowLinkLocal: origin === localOrigin,
        lookup: publicLookup,
      },
    );
    return judged(target, host, answer, nowMs());
  } catch (problem) {
    if (signal?.aborted) return failed(`${host}: stopped before it answered`, true);
    if (timeout.aborted) return failed(`${host}: no answer within ${TIMEOUT_MS / 1000} s`, true);
    const isForbidden = problem instanceof ForbiddenAddress;
    return failed(`${host}: ${hidden(target, errorText(problem))}`, !isForbidden);
  }
}

/** The library is loaded only when there is somebody to tell. */
async function requestOf(
  { endpoint, p256dh, auth }: PushTarget,
  payload: string,
  { topic, ttlSeconds, urgency }: PushTerms,
  keys: PushKeys,
  contact: string,
): Promise<{ headers: Record<string, string>; body: Uint8Array }> {
  const { default: webPush } = await import('web-push');
  const { headers, body } = webPush.generateRequestDetails(
    { endpoint, keys: { p256dh, auth } },
    payload,
    { vapidDetails: { subject: contact, ...keys }, TTL: ttlSeconds, urgency, topic },
  );
  // The length is the exchange's to say.
  const sent = Object.entries(headers).filter(([name]) => name !== 'Content-Length');
  return {
    headers: { 'user-agent': 'Hypervigil', ...Object.fromEntries(sent.map(texts)) },
    body: body ?? Buffer.alloc(0),
  };
}

function texts([name, value]: [string, unknown]): [string, string] {
  return [name, String(value)];
}

/** A pair of keys that no push service knows yet. */
export async function newPushKeys(): Promise<PushKeys> {
  const { default: webPush } = await import('web-push');
  return webPush.generateVAPIDKeys();
}

/** Source: RFC 8030, 7.3: 404 and 410 are the end of a subscription. */
function judged(target: PushTarget, host: string, answer: Answer, nowMs: number): PushOutcome {
  const { status, body, retryAfter } = answer;
  if (status >= 200 && status < 300) return { kind: 'sent' };
  if (status === 404 || status === 410) return { kind: 'gone' };
  const words = hidden(target, body);
  const retry = status >= 500 || PASSING.has(status);
  const waitMs = retry ? retryAfterMs(retryAfter, nowMs) : undefined;
  return {
    ...failed(`${host} answers ${status}${words === '' ? '' : `: ${words}`}`, retry),
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
  };
}

function failed(reason: string, retry: boolean) {
  return { kind: 'failed', retry, reason } as const;
}

function hidden({ endpoint, auth, p256dh }: PushTarget, text: string): string {
  return redacted(text, endpoint, [auth, p256dh]);
}
