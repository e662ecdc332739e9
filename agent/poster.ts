import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import * as v from 'valibot';
import { CHUNK_MEDIA_TYPE } from '../core/chunk/format.ts';
import { URGENT_HEADER, URGENT_VALUE } from '../core/urgent.ts';
import { messageOf } from './log.ts';
import { errorCode } from './proc/host-files.ts';

/** What became of a post. Everything but `refused` leaves the batch with us. */
export type PostOutcome =
  | { readonly kind: 'stored' }
  /** The server will never take these bytes. `reason` is for the metric of dropped samples. */
  | { readonly kind: 'refused'; readonly reason: LossReason; readonly message: string }
  /** Someone must do something first, such as give the agent another key. */
  | { readonly kind: 'misconfigured'; readonly message: string }
  /** Not now. `afterMs` is what the server asked for. */
  | { readonly kind: 'later'; readonly afterMs: number | undefined; readonly message: string };

/** `spool_damaged`: there were no bytes to post. */
type LossReason = 'refused' | 'too_large' | 'too_old' | 'spool_damaged';

export interface PosterOptions {
  /** The deployment's address, such as `https://abc.lambda-url.eu-central-1.on.aws`. */
  readonly url: URL;
  /** Reads the host key; asked for every post, so that a new key needs no restart. May throw. */
  readonly readKey: () => string;
  readonly version: string;
  readonly timeoutMs?: number;
}

const POST_TIMEOUT_MS = 10_000;

/** An answer is one small JSON object; more is not from our server. */
const ANSWER_MAX_BYTES = 64 << 10;

/** No server may silence an agent for longer. */
const RETRY_AFTER_MAX_MS = 15 * 60_000;

const StoredAnswer = v.object({ stored: v.boolean(), outcome: v.optional(v.string()) });
const ErrorAnswer = v.object({ error: v.object({ code: v.string(), message: v.string() }) });

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/**
 * Posts batches over one kept-alive connection. (`fetch` would do, and costs 10 to 15 MB of memory.)
 * A post is idempotent, so whatever is in doubt is posted again.
 */
export class Poster {
  readonly #options: PosterOptions;
  readonly #target: URL;
  readonly #connections: HttpAgent;

  constructor(options: PosterOptions) {
    this.#options = options;
    this.#target = new URL(`${options.url.pathname.replace(/\/+$/, '')}/v1/batches`, options.url);
    this.#connections =
      this.#target.protocol === 'https:'
        ? new HttpsAgent({ keepAlive: true, maxSockets: 1 })
        : new HttpAgent({ keepAlive: true, maxSockets: 1 });
  }

  /** Posts one chunk. `isUrgent`: it shall be judged at once. Never rejects. */
  async post(chunk: Uint8Array, signal?: AbortSignal, isUrgent = false): Promise<PostOutcome> {
    let key: string;
    try {
      key = this.#options.readKey();
    } catch (error) {
      return { kind: 'misconfigured', message: messageOf(error) };
    }
    try {
      const headers = {
        authorization: `Bearer ${key}`,
        'content-type': CHUNK_MEDIA_TYPE,
        'content-length': chunk.byteLength,
        'user-agent': `hypervigil-agent/${this.#options.version}`,
        ...(isUrgent ? { [URGENT_HEADER]: URGENT_VALUE } : {}),
      };
      return outcomeOf(await this.#send(chunk, headers, signal), this.#target);
    } catch (error) {
      return {
        kind: 'later',
        afterMs: undefined,
        message: `${this.#target.host}: ${explain(error)}`,
      };
    }
  }

  close(): void {
    this.#connections.destroy();
  }

  async #send(
    chunk: Uint8Array,
    headers: OutgoingHttpHeaders,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const limits = new AbortController();
    const giveUp = () => limits.abort();
    const timer = setTimeout(() => {
      limits.abort(new DOMException('no answer in time', 'TimeoutError'));
    }, this.#options.timeoutMs ?? POST_TIMEOUT_MS);
    signal?.addEventListener('abort', giveUp, { once: true });
    if (signal?.aborted) giveUp();
    try {
      return await this.#sendOnce(chunk, headers, limits.signal);
    } catch (error) {
      // A kept connection that the server had closed meanwhile says nothing about the server.
      if (!(error instanceof StaleConnectionError)) throw error;
      return await this.#sendOnce(chunk, headers, limits.signal);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    }
  }

  #sendOnce(chunk: Uint8Array, headers: OutgoingHttpHeaders, signal: AbortSignal): Promise<Answer> {
    const request = this.#target.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const sent = request(
        this.#target,
        {
          method: 'POST',
          agent: this.#connections,
          signal,
          headers,
        },
        (response) => readAnswer(response).then(resolve, reject),
      );
      sent.on('error', (error) => {
        const stale = sent.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(errorCode(error));
        reject(stale ? new StaleConnectionError() : error);
      });
      sent.end(chunk);
    });
  }
}

class StaleConnectionError extends Error {}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response) {
    length += part.length;
    if (length > ANSWER_MAX_BYTES)
      throw new Error(`an answer of more than ${ANSWER_MAX_BYTES} bytes`);
    parts.push(part);
  }
  return {
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'],
    body: Buffer.concat(parts).toString('utf8'),
  };
}

function outcomeOf({ status, retryAfter, body }: Answer, target: URL): PostOutcome {
  const json = parseJson(body);
  if (status === 200 && v.is(StoredAnswer, json)) {
    if (json.outcome !== 'expired') return { kind: 'stored' };
    const message = `${target.host} does not keep what is so old`;
    return { kind: 'refused', reason: 'too_old', message };
  }
  const said = v.is(ErrorAnswer, json) ? json.error.message : undefined;
  const message = `${target.host} answered ${status}${said === undefined ? '' : `: ${said}`}`;
  switch (status) {
    case 400:
      return { kind: 'refused', reason: 'refused', message };
    case 413:
      return { kind: 'refused', reason: 'too_large', message };
    case 401:
      return {
        kind: 'misconfigured',
        message: `${message}. Put a valid key for this host into the key file; the agent reads it again by itself`,
      };
    case 429:
    case 503:
      return { kind: 'later', afterMs: parseRetryAfter(retryAfter), message };
  }
  if (status >= 500) return { kind: 'later', afterMs: parseRetryAfter(retryAfter), message };
  // Such as 403 for a key of another host.
  if (said !== undefined) return { kind: 'misconfigured', message };
  return {
    kind: 'misconfigured',
    message: `${message}, not as Hypervigil does. Is ${target.href} the right address?`,
  };
}

/** Seconds or a date; `undefined` for anything else. Source: RFC 9110, 10.2.3. */
function parseRetryAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), RETRY_AFTER_MAX_MS);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Node's own words for the usual failures are codes; people know them by other names. */
function explain(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time';
  switch (errorCode(error)) {
    case 'ABORT_ERR':
      return error instanceof Error && isTimeout(error.cause) ? 'no answer in time' : 'given up';
    case 'ECONNREFUSED':
      return 'nothing listens there';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name cannot be resolved';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the connection was cut';
  }
  return messageOf(error);
}

function isTimeout(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'TimeoutError';
}
