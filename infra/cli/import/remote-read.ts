import { snappyCompressor, snappyUncompressor } from 'hysnappy';
import type { Matcher } from '../../../core/promql/source.ts';
import { ok, type Result } from '../../../core/result.ts';
import { type Outcome, trouble, usage } from '../failure.ts';
import {
  decodeReadResponse,
  encodeReadRequest,
  type ReadResponse,
  type ReadSpan,
  unpackedBytes,
} from './remote-read-message.ts';

/** A Prometheus, or whatever speaks its remote read. */
export interface Source {
  /** What there is of a time. `too_much`: worth asking for less of it. */
  readonly read: (span: ReadSpan) => Promise<Result<ReadResponse, SourceFailure>>;
}

export interface SourceFailure {
  readonly code: 'too_much' | 'trouble';
  readonly message: string;
}

const WAITS_MS = [1_000, 5_000, 20_000, 60_000];
const TIMEOUT_MS = 120_000;
/** Samples take some 18 bytes: 20 million, in memory twice. */
const MAX_RESPONSE_BYTES = 400 << 20;
const MAX_REASON_CHARS = 500;

/** A source of the series that any of the selectors picks. `credentials` is a header's value. */
export function createSource(
  url: string,
  credentials: string | undefined,
  selectors: readonly (readonly Matcher[])[],
  wait: (ms: number) => Promise<void>,
): Source {
  const compress = snappyCompressor();
  const uncompress = snappyUncompressor();
  return {
    read: async (span) => {
      const body = compress(encodeReadRequest(selectors, span));
      let failure: SourceFailure = { code: 'trouble', message: '' };
      for (const waitMs of [...WAITS_MS, undefined]) {
        const answer = await ask(url, credentials, body);
        if (answer.ok) return decode(url, answer.value, uncompress);
        failure = answer.error;
        if (!answer.error.isPassing || waitMs === undefined) break;
        await wait(waitMs);
      }
      return { ok: false, error: failure };
    },
  };
}

async function ask(
  url: string,
  credentials: string | undefined,
  body: Uint8Array,
): Promise<Result<Uint8Array, SourceFailure & { isPassing: boolean }>> {
  const failed = (code: SourceFailure['code'], message: string, isPassing: boolean) =>
    ({ ok: false, error: { code, message: `${url}: ${message}`, isPassing } }) as const;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'snappy',
        'x-prometheus-remote-read-version': '0.1.0',
        ...(credentials === undefined ? {} : { authorization: credentials }),
      },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) return ok(new Uint8Array(await response.arrayBuffer()));
    const { status } = response;
    const text = (await response.text()).trim().slice(0, MAX_REASON_CHARS);
    const isClient = status === 401 || status === 403 || status === 404 || status === 405;
    // Prometheus answers 400 beyond `--storage.remote.read-sample-limit`, others 413 or 422.
    const code = isClient || status >= 500 ? 'trouble' : 'too_much';
    return failed(code, `${status}${text === '' ? '' : `: ${text}`}`, status >= 500);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return failed('trouble', cause instanceof Error ? cause.message : String(cause), true);
  }
}

function decode(
  url: string,
  body: Uint8Array,
  uncompress: (input: Uint8Array, outputLength: number) => Uint8Array,
): Result<ReadResponse, SourceFailure> {
  try {
    const bytes = unpackedBytes(body);
    if (bytes > MAX_RESPONSE_BYTES)
      return { ok: false, error: { code: 'too_much', message: `${url}: ${bytes} bytes at once` } };
    return ok(decodeReadResponse(uncompress(body, bytes)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `${url}: the answer is none of Prometheus' remote read: ${reason}`;
    return { ok: false, error: { code: 'trouble', message } };
  }
}

/** `http://prometheus:9090/api/v1/read`; that path is added where there is none. A user and password may stand in it. */
export function readSourceUrl(text: string): Outcome<{ url: string; credentials?: string }> {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    return usage(`--remote-read ${text}: give an address such as http://prometheus:9090`);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  if (url.pathname === '/') url.pathname = '/api/v1/read';
  if (username === '') return ok({ url: url.href });
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return ok({ url: url.href, credentials: `Basic ${Buffer.from(pair).toString('base64')}` });
}

/** What a failure is to a person. */
export function sourceTrouble({ message }: SourceFailure): ReturnType<typeof trouble> {
  return trouble(message);
}
