import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { ENROLMENT_PATH } from '../core/enrolment.ts';
import { messageOf } from './log.ts';

/** What became of asking for a key. */
export type EnrolmentOutcome =
  | { readonly kind: 'granted'; readonly oldKeyEndsAt: string | undefined }
  /** Asking again, as it is, changes nothing. */
  | { readonly kind: 'refused'; readonly message: string }
  /** Not now. `afterMs` is what the server asked for. */
  | { readonly kind: 'later'; readonly afterMs: number | undefined; readonly message: string };

export interface EnrolmentRequest {
  /** The deployment's address. */
  readonly url: URL;
  /** An enrolment token, or the key that is to be replaced. */
  readonly secret: string;
  readonly host: string;
  readonly key: string;
  readonly version: string;
}

const REQUEST_TIMEOUT_MS = 20_000;
const RETRY_AFTER_MAX_MS = 60_000;

const Granted = v.object({
  outcome: v.picklist(['enrolled', 'rotated', 'known']),
  host: v.string(),
  oldKeyEndsAt: v.optional(v.string()),
});
const Refused = v.object({ error: v.object({ code: v.string(), message: v.string() }) });

/**
 * Asks once that a key of our own making be the host's; only its hash is sent. The same request may
 * be sent again and again. Never rejects.
 */
export async function requestEnrolment(request: EnrolmentRequest): Promise<EnrolmentOutcome> {
  const { url } = request;
  const target = new URL(`${url.pathname.replace(/\/+$/, '')}${ENROLMENT_PATH}`, url);
  try {
    const response = await send(target, request);
    const next = redirectOf(response, target);
    if (next === undefined) return await outcomeOf(response, target);
    return await outcomeOf(await send(next, request), next);
  } catch (error) {
    return { kind: 'later', afterMs: undefined, message: `${target.host}: ${reasonOf(error)}` };
  }
}

function send(target: URL, { secret, host, key, version }: EnrolmentRequest): Promise<Response> {
  return fetch(target, {
    method: 'POST',
    // Followed by hand: `fetch` would leave the token behind.
    redirect: 'manual',
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    headers: {
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
      'user-agent': `hypervigil-agent/${version}`,
    },
    body: JSON.stringify({ host, keyHash: createHash('sha256').update(key).digest('base64url') }),
  });
}

/** Ingest sends us on to the function that may make keys; never to one that others can listen to. */
function redirectOf({ status, headers }: Response, from: URL): URL | undefined {
  const location = headers.get('location');
  if ((status !== 307 && status !== 308) || location === null) return undefined;
  const next = URL.parse(location, from.href);
  return next?.protocol === 'https:' || next?.origin === from.origin ? next : undefined;
}

async function outcomeOf(response: Response, target: URL): Promise<EnrolmentOutcome> {
  const { status, headers } = response;
  const json = parseJson(await response.text());
  if (status === 200 && v.is(Granted, json))
    return { kind: 'granted', oldKeyEndsAt: json.oldKeyEndsAt };
  const said = v.is(Refused, json) ? json.error.message : undefined;
  const message = `${target.host} answered ${status}${said === undefined ? '' : `: ${said}`}`;
  if (status === 429 || status >= 500)
    return { kind: 'later', afterMs: retryAfterMs(headers.get('retry-after')), message };
  if (said !== undefined) return { kind: 'refused', message };
  return {
    kind: 'refused',
    message: `${message}, not as Hypervigil does. Is ${target.href} the right address?`,
  };
}

function retryAfterMs(header: string | null): number | undefined {
  if (header === null || !/^\d{1,9}$/.test(header)) return undefined;
  return Math.min(Number(header) * 1000, RETRY_AFTER_MAX_MS);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `fetch` says "fetch failed" and keeps the reason to itself. */
function reasonOf(error: unknown): string {
  const isWrapped = error instanceof Error && error.cause instanceof Error;
  return messageOf(isWrapped ? error.cause : error);
}
