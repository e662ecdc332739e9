import { snappyCompressor } from 'hysnappy';
import * as v from 'valibot';
import { ok } from '../../../core/result.ts';
import type { Series } from '../../../core/series/series.ts';
import { type Outcome, trouble } from '../failure.ts';
import { encodeWriteRequest } from './write-request.ts';

/** A Hypervigil's remote write, and a sender's key for it. */
export interface TargetAddress {
  readonly url: string;
  readonly key: string;
}

/** What became of a request. */
export interface Stored {
  readonly samples: number;
  /** What was refused, and why, if anything was. */
  readonly refused?: string;
}

export interface Target {
  /** Whose key it is. Nothing is written. */
  readonly sender: () => Promise<Outcome<string>>;
  /** Writes samples of whole hours. Waits as long as the receiver asks for. */
  readonly write: (series: readonly Series[]) => Promise<Outcome<Stored>>;
}

/** How long to wait before a further try, where the receiver does not say. Some 4 minutes together. */
const WAITS_MS = [1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 60_000, 60_000];
const MAX_WAIT_MS = 5 * 60_000;
const TIMEOUT_MS = 120_000;
const MAX_REASON_CHARS = 1000;

const ErrorBody = v.object({ error: v.string() });

/** `wait` is what passes the time between tries. */
export function createTarget(
  { url, key }: TargetAddress,
  wait: (ms: number) => Promise<void>,
): Target {
  const compress = snappyCompressor();
  const post = async (series: readonly Series[]): Promise<Outcome<Response>> => {
    const body = compress(encodeWriteRequest(series));
    let reason = '';
    for (const waitMs of [...WAITS_MS, undefined]) {
      const tried = await tryOnce(url, key, body);
      if (typeof tried !== 'string' && !isPassing(tried.status)) return ok(tried);
      reason = typeof tried === 'string' ? tried : await reasonOf(tried);
      if (waitMs === undefined) break;
      const askedMs = typeof tried === 'string' ? undefined : retryAfterMs(tried);
      await wait(Math.min(Math.max(askedMs ?? waitMs, waitMs), MAX_WAIT_MS));
    }
    return trouble(`${url}: ${reason} (tried ${WAITS_MS.length + 1} times)`);
  };
  return {
    sender: async () => {
      const response = await post([]);
      if (!response.ok) return response;
      const { status, headers } = response.value;
      if (status !== 204) return trouble(`${url} answers ${await reasonOf(response.value)}`);
      const name = headers.get('x-hypervigil-sender');
      if (name === null) return trouble(`${url}: this is no Hypervigil that takes imports`);
      return ok(decodeURIComponent(name));
    },
    write: async (series) => {
      const response = await post(series);
      if (!response.ok) return response;
      const { status, headers } = response.value;
      const samples = Number(headers.get('x-prometheus-remote-write-samples-written') ?? 0);
      if (status === 204) return ok({ samples });
      const reason = await reasonOf(response.value);
      // What was good of it is stored.
      if (status === 400) return ok({ samples, refused: reason.replace(/^400: /, '') });
      return trouble(`${url} answers ${reason}`);
    },
  };
}

/** The response, or why there is none. */
async function tryOnce(url: string, key: string, body: Uint8Array): Promise<Response | string> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/x-protobuf',
        'content-encoding': 'snappy',
        'x-prometheus-remote-write-version': '0.1.0',
        'x-hypervigil-hours': 'whole',
      },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error ? cause.message : String(cause);
  }
}

/** 429 and whatever is the server's own trouble. */
function isPassing(status: number): boolean {
  return status === 429 || status >= 500;
}

function retryAfterMs({ headers }: Response): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

async function reasonOf(response: Response): Promise<string> {
  const text = (await response.text()).slice(0, MAX_REASON_CHARS);
  try {
    const known = v.safeParse(ErrorBody, JSON.parse(text));
    if (known.success) return `${response.status}: ${known.output.error}`;
  } catch {
    // Not JSON: the status says enough.
  }
  return String(response.status);
}
