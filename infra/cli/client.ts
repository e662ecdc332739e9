import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { ok, type Result } from '../../core/result.ts';
import { type CliFailure, trouble } from './failure.ts';

/** Why there is no answer. `status` is absent when the server was not reached. */
export interface RequestFailure extends CliFailure {
  readonly status?: number;
  /** When the server asks to come again. */
  readonly retryAfterMs?: number;
}

export type Answer<T> = Result<T, RequestFailure>;

/** One Hypervigil, reached over HTTP. */
export interface ApiClient {
  readonly url: string;
  readonly get: <T>(path: string, schema: Schema<T>, params?: Params) => Promise<Answer<T>>;
  readonly send: <T>(
    method: 'POST' | 'DELETE',
    path: string,
    schema: Schema<T>,
    body?: unknown,
  ) => Promise<Answer<T>>;
}

export type Schema<T> = v.GenericSchema<unknown, T>;
/** A list repeats the name. */
export type Params = Readonly<Record<string, string | readonly string[]>>;

/** The API gives up after 25 s itself. */
const TIMEOUT_MS = 60_000;

/** Whoever asks too often is told to wait a second or two. */
const TOO_MANY = 429;
const TRIES = 5;
const WAIT_MAX_MS = 10_000;

/** A client for an address and a token. It reaches out only when asked. */
export function createClient(url: string, token: string): ApiClient {
  const base = url.replace(/\/+$/, '');
  const call = async <T>(
    path: string,
    schema: Schema<T>,
    init: RequestInit,
  ): Promise<Answer<T>> => {
    const reply = await fetchPatiently(base, path, token, init);
    if (!reply.ok) return reply;
    const { status, text, retryAfterMs } = reply.value;
    if (status >= 400) {
      const error = refusal(base, path, status, text);
      return { ok: false, error: retryAfterMs === undefined ? error : { ...error, retryAfterMs } };
    }
    return decode(path, schema, text);
  };
  return {
    url: base,
    get: (path, schema, params = {}) => call(`${path}${queryOf(params)}`, schema, {}),
    send: (method, path, schema, body) =>
      call(path, schema, {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      }),
  };
}

function queryOf(params: Params): string {
  const all = new URLSearchParams();
  for (const [name, values] of Object.entries(params)) {
    for (const value of [values].flat()) all.append(name, value);
  }
  return all.size === 0 ? '' : `?${all}`;
}

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs: number | undefined;
}

/** Comes again when it is told to, a few times. Nothing was done by a request that came too often. */
async function fetchPatiently(
  base: string,
  path: string,
  token: string,
  init: RequestInit,
): Promise<Answer<Reply>> {
  for (let tries = 1; ; tries++) {
    const reply = await fetchText(base, path, token, init);
    if (!reply.ok || reply.value.status !== TOO_MANY || tries === TRIES) return reply;
    await sleep(Math.min(reply.value.retryAfterMs ?? 1000, WAIT_MAX_MS));
  }
}

async function fetchText(
  base: string,
  path: string,
  token: string,
  init: RequestInit,
): Promise<Answer<Reply>> {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${token}`);
  headers.set('accept', 'application/json');
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(`${base}${path}`, { ...init, headers, signal });
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : undefined;
    return ok({ status: response.status, text: await response.text(), retryAfterMs });
  } catch (error) {
    return trouble(`${base}: ${networkReason(error)}`);
  }
}

function networkReason(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `no answer within ${TIMEOUT_MS / 1000} s`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
  const code = cause !== undefined && 'code' in cause ? String(cause.code) : '';
  if (code === 'ECONNREFUSED')
    return 'nothing listens there: is Hypervigil running, and is --url its address?';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'there is no such host name';
  return cause?.message ?? (error instanceof Error ? error.message : String(error));
}

/** Prometheus' envelope, Alertmanager's (a string), and our own. */
const ErrorBody = v.union([
  v.pipe(
    v.object({ error: v.string() }),
    v.transform(({ error }) => error),
  ),
  v.pipe(
    v.object({ error: v.object({ message: v.string() }) }),
    v.transform(({ error }) => error.message),
  ),
  v.pipe(
    v.object({ message: v.string() }),
    v.transform(({ message }) => message),
  ),
  v.string(),
]);

const MAX_REASON_CHARS = 500;

function refusal(base: string, path: string, status: number, text: string): RequestFailure {
  const reason = reasonIn(text).replace(/\s+/g, ' ').slice(0, MAX_REASON_CHARS);
  const said = reason === '' ? '' : `: ${reason}`;
  const place = path.split('?', 1)[0] ?? path;
  if (status === 401 || status === 403)
    return {
      code: 'trouble',
      status,
      message: `${base} does not take this token (${status}${said}); give one with --token-file`,
    };
  return { code: 'trouble', status, message: `${base}${place} answers ${status}${said}` };
}

function reasonIn(text: string): string {
  try {
    const known = v.safeParse(ErrorBody, JSON.parse(text));
    return known.success ? known.output : '';
  } catch {
    return text.trimStart().startsWith('<') ? '' : text;
  }
}

function decode<T>(path: string, schema: Schema<T>, text: string): Answer<T> {
  const place = path.split('?', 1)[0] ?? path;
  let json: unknown;
  try {
    json = text === '' ? undefined : JSON.parse(text);
  } catch {
    return trouble(`${place}: the answer is no JSON; is --url the address of a Hypervigil?`);
  }
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return ok(parsed.output);
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue) ?? 'the whole';
  return trouble(`${place}: the answer is not as expected: ${where}: ${issue.message}`);
}
