import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import {
  checkedUrl,
  ForbiddenAddress,
  guardedLookup,
  mayRedirect,
  redirectedLookup,
} from './egress.ts';

/** An answer; of a long one only the beginning. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent: none. */
  readonly body?: string | Uint8Array;
}

export interface ExchangeOptions {
  readonly signal: AbortSignal;
  readonly followRedirects: boolean;
  readonly allowLinkLocal: boolean;
  /** How names are judged at first; absent: as for a webhook. */
  readonly lookup?: LookupFunction;
}

const ANSWER_MAX_BYTES = 64 << 10;
const REDIRECTS_MAX = 5;

/** A redirect that leads nowhere. */
export class BadRedirect extends Error {}

/**
 * Sends a request and reads the answer. Node's own client instead of `fetch`: it lets a name be
 * judged by the address that is then connected to. Rejects when there is no answer.
 */
export async function exchange(first: Exchange, options: ExchangeOptions): Promise<Answer> {
  let asked = first;
  let lookup = options.lookup ?? guardedLookup;
  for (let hops = 0; ; hops++) {
    const { answer, location, from } = await exchangeOnce(asked, options, lookup);
    const isRedirect = [301, 302, 303, 307, 308].includes(answer.status);
    if (!options.followRedirects || !isRedirect || location === undefined) return answer;
    if (hops === REDIRECTS_MAX) throw new BadRedirect(`more than ${REDIRECTS_MAX} redirects`);
    asked = redirected(asked, answer.status, location, options.allowLinkLocal);
    lookup = redirectedLookup(from);
    // No name, so nothing is looked up.
    const host = asked.url.hostname.replace(/^\[|\]$/g, '');
    if (!options.allowLinkLocal && isIP(host) !== 0 && !mayRedirect(from, host))
      throw new ForbiddenAddress();
  }
}

function redirected(from: Exchange, status: number, location: string, allow: boolean): Exchange {
  const target = URL.canParse(location, from.url.href)
    ? new URL(location, from.url).href
    : location;
  const url = checkedUrl(target, allow);
  if (!url.ok) throw new BadRedirect(`redirects, but ${url.error}`);
  const sameOrigin = url.value.origin === from.url.origin;
  // As in Go: only 307 and 308 ask for the same request again.
  const keepsBody = status === 307 || status === 308;
  const kept = Object.entries(from.headers).filter(
    ([name]) =>
      (sameOrigin || name === 'user-agent' || name === 'content-type') &&
      (keepsBody || name !== 'content-type'),
  );
  const headers = Object.fromEntries(kept);
  if (keepsBody) return { ...from, url: url.value, headers };
  return { method: 'GET', url: url.value, headers };
}

interface OneAnswer {
  readonly answer: Answer;
  readonly location: string | undefined;
  /** The address that answered. */
  readonly from: string;
}

function exchangeOnce(
  asked: Exchange,
  options: ExchangeOptions,
  lookup: LookupFunction,
): Promise<OneAnswer> {
  const { method, url, headers, body } = asked;
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((done, fail) => {
    const request = send(url, {
      method,
      headers: { ...headers, ...length },
      signal: options.signal,
      ...(options.allowLinkLocal ? {} : { lookup }),
    });
    request.on('error', fail);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      // Of one that is gone already it is not known: then it counts as one outside.
      const from = response.socket.remoteAddress ?? '';
      let bytes = 0;
      const finish = () => {
        const retryAfter = response.headers['retry-after'];
        const text = Buffer.concat(chunks).toString('utf8');
        const answer = { status: response.statusCode ?? 0, retryAfter, body: text };
        done({ answer, location: response.headers.location, from });
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes <= ANSWER_MAX_BYTES) return;
        finish();
        request.destroy();
      });
      response.on('end', finish);
      response.on('error', fail);
    });
    request.end(body);
  });
}
