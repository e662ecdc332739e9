import * as v from 'valibot';
import { CHUNK_MEDIA_TYPE } from '../core/chunk/format.ts';
import { URGENT_HEADER, URGENT_VALUE } from '../core/urgent.ts';
import type { HttpAnswer } from './http/answer-parser.ts';
import { HttpConnection, StaleConnectionError } from './http/connection.ts';
import { messageOf } from './log.ts';
import { errorCode } from './proc/host-files.ts';
import { isUntrusted, type RootsOf } from './trust/trusted-roots.ts';

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
  /** Which certificates vouch for the server; without it, those that Node trusts. */
  readonly rootsOf?: RootsOf | undefined;
  /** The server has taken a batch. */
  readonly onStored?: () => void;
}

const POST_TIMEOUT_MS = 10_000;

/** An answer is one small JSON object; more is not from our server. */
const ANSWER_MAX_BYTES = 64 << 10;

/** No server may silence an agent for longer. */
const RETRY_AFTER_MAX_MS = 15 * 60_000;

const StoredAnswer = v.object({ stored: v.boolean(), outcome: v.optional(v.string()) });
const ErrorAnswer = v.object({ error: v.object({ code: v.string(), message: v.string() }) });

/**
 * Posts batches over one kept-alive connection. (`fetch` would do, and costs 10 to 15 MB of memory.)
 * A post is idempotent, so whatever is in doubt is posted again.
 */
export class Poster {
  readonly #options: PosterOptions;
  readonly #target: URL;
  readonly #connection: HttpConnection;
  /** Was the connection told whom to trust? */
  #knowsRoots: boolean;

  constructor(options: PosterOptions) {
    this.#options = options;
    this.#target = new URL(`${options.url.pathname.replace(/\/+$/, '')}/v1/batches`, options.url);
    this.#connection = new HttpConnection(this.#target, { answerMaxBytes: ANSWER_MAX_BYTES });
    this.#knowsRoots = options.rootsOf === undefined || this.#target.protocol !== 'https:';
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
      const outcome = outcomeOf(await this.#sendTrusted(chunk, headers, signal), this.#target);
      if (outcome.kind === 'stored') this.#options.onStored?.();
      return outcome;
    } catch (error) {
      return {
        kind: 'later',
        afterMs: undefined,
        message: `${this.#target.host}: ${explain(error)}`,
      };
    }
  }

  close(): void {
    this.#connection.close();
  }

  /** Learns whom to trust before the first connection, and anew where the server's chain has become another. */
  async #sendTrusted(
    chunk: Uint8Array,
    headers: Readonly<Record<string, string | number>>,
    signal: AbortSignal | undefined,
  ): Promise<HttpAnswer> {
    const { rootsOf } = this.#options;
    const isNew = !this.#knowsRoots;
    if (isNew) await this.#learnRoots(signal);
    try {
      return await this.#send(chunk, headers, signal);
    } catch (error) {
      if (isNew || rootsOf === undefined || !isUntrusted(error)) throw error;
      await this.#learnRoots(signal);
      return await this.#send(chunk, headers, signal);
    }
  }

  async #learnRoots(signal: AbortSignal | undefined): Promise<void> {
    this.#knowsRoots = false;
    const roots = await this.#options.rootsOf?.(this.#target, signal);
    this.#connection.trust(roots === 'default' ? undefined : roots);
    this.#knowsRoots = true;
  }

  async #send(
    chunk: Uint8Array,
    headers: Readonly<Record<string, string | number>>,
    signal: AbortSignal | undefined,
  ): Promise<HttpAnswer> {
    const limits = new AbortController();
    const giveUp = () => limits.abort();
    const timer = setTimeout(() => {
      limits.abort(new DOMException('no answer in time', 'TimeoutError'));
    }, this.#options.timeoutMs ?? POST_TIMEOUT_MS);
    signal?.addEventListener('abort', giveUp, { once: true });
    if (signal?.aborted) giveUp();
    try {
      return await this.#connection.post(headers, chunk, limits.signal);
    } catch (error) {
      // A kept connection that the server had closed meanwhile says nothing about the server.
      if (!(error instanceof StaleConnectionError)) throw error;
      return await this.#connection.post(headers, chunk, limits.signal);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    }
  }
}

function outcomeOf({ status, headers, body }: HttpAnswer, target: URL): PostOutcome {
  const json = parseJson(body.toString('utf8'));
  const retryAfter = headers.get('retry-after');
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
  if (error instanceof Error && error.name === 'AbortError') return 'given up';
  switch (errorCode(error)) {
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
