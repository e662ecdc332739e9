import { ApiFailure, failureOf } from './failure.ts';
import { askWhoItIs } from './sign-in-question.ts';
import { forgetToken, knownToken } from './token.ts';

/** What is sent with a question. */
export interface Asked {
  /** GET, or POST where there is something to send. */
  readonly method?: string;
  readonly query?:
    | Readonly<Record<string, string | readonly string[] | undefined>>
    | URLSearchParams;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as a form, as Prometheus takes it. */
  readonly form?: Readonly<Record<string, string>> | URLSearchParams;
  readonly signal?: AbortSignal;
}

/** A part of a list, and where it goes on, if it does. */
export interface ListPage<T> {
  readonly data: T;
  readonly next?: string;
  /** What Prometheus' API says beside the data; empty: nothing. */
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

/**
 * What the API answers: the member `data` of Prometheus' envelope, else the JSON itself; `undefined` where there is none.
 * Asks a person who they are where nobody is signed in and no token is good.
 *
 * @param path relative, without a slash before it (`api/v1/hosts`): it works below whatever address Hypervigil has
 * @throws ApiFailure; the signal's reason where it was aborted
 */
export async function ask<T>(path: string, asked: Asked = {}): Promise<T> {
  const body = await askJson(path, asked);
  return (isEnvelope(body) ? body.data : body) as T;
}

/** As `ask`, with where a list goes on. */
export async function askPage<T>(path: string, asked: Asked = {}): Promise<ListPage<T>> {
  const body = await askJson(path, asked);
  if (!isEnvelope(body)) return { data: body as T, warnings: [], infos: [] };
  const { data, next, warnings, infos } = body;
  return {
    data: data as T,
    ...(typeof next === 'string' ? { next } : {}),
    warnings: textsOf(warnings),
    infos: textsOf(infos),
  };
}

function textsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
}

interface Envelope {
  readonly data: unknown;
  readonly next?: unknown;
  readonly warnings?: unknown;
  readonly infos?: unknown;
}

function isEnvelope(body: unknown): body is Envelope {
  return (
    typeof body === 'object' &&
    body !== null &&
    'status' in body &&
    body.status === 'success' &&
    'data' in body
  );
}

/** Was it known here who asks? Then it is worth saying why not any more. */
let wasKnown = false;

async function askJson(path: string, asked: Asked): Promise<unknown> {
  for (;;) {
    const token = knownToken();
    const response = await send(path, asked, token);
    const text = await response.text();
    if (response.ok) {
      wasKnown = true;
      return text === '' ? undefined : parsed(text, response.status);
    }
    const failure = failureOf(response.status, text, response.headers.get('retry-after'));
    if (response.status !== 401) throw failure;
    // Another request may have been here first, and somebody answered.
    if (knownToken() !== token) continue;
    const problem = token !== undefined || wasKnown ? failure.message : undefined;
    wasKnown = false;
    forgetToken();
    const address = response.headers.get('x-hypervigil-sign-in') ?? undefined;
    await askWhoItIs({ problem, address });
    asked.signal?.throwIfAborted();
  }
}

function parsed(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiFailure(`not an answer of Hypervigil: ${text.slice(0, 100)}`, status, '');
  }
}

async function send(path: string, asked: Asked, token: string | undefined): Promise<Response> {
  const { form, json, signal } = asked;
  const body =
    form !== undefined
      ? new URLSearchParams(form)
      : json === undefined
        ? null
        : JSON.stringify(json);
  const method = asked.method ?? (body === null ? 'GET' : 'POST');
  try {
    return await fetch(addressOf(path, asked.query), {
      method,
      body,
      headers: {
        // No page of another origin can send it; and the browser asks for no name and password of its own.
        'x-hypervigil': '1',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      },
      credentials: token === undefined ? 'same-origin' : 'omit',
      cache: 'no-store',
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiFailure(reason, 0, '');
  }
}

function addressOf(path: string, query: Asked['query']): string {
  if (query === undefined) return path;
  const search = query instanceof URLSearchParams ? query : new URLSearchParams();
  if (!(query instanceof URLSearchParams)) {
    for (const [name, value] of Object.entries(query)) {
      for (const one of typeof value === 'string' ? [value] : (value ?? []))
        search.append(name, one);
    }
  }
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}
