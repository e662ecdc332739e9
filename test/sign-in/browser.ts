import type { LambdaFunctionURLEvent } from 'aws-lambda';
import type { createHandler } from '../../functions/api/handler.ts';
import { type ApiReply, apiEvent, readReply } from '../api/fixture.ts';

const HOST = 'hypervigil.example.org';
export const API_URL = `https://${HOST}`;

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What our own page's script sends along, as browsers do by themselves. */
export const OWN_PAGE = { 'x-hypervigil': '1', 'sec-fetch-site': 'same-origin' };

/** A browser as far as sign-in needs one: it keeps cookies and follows redirects by hand. */
export interface TestBrowser {
  readonly cookies: Map<string, string>;
  /** As they were set, attributes and all. */
  readonly setCookies: string[];
  readonly ask: (address: string, asked?: Asked) => Promise<ApiReply>;
  /** From `/sign-in` to the page one comes back to, or wherever it ends. */
  readonly signIn: (address?: string) => Promise<ApiReply>;
  /** Goes to Cognito and stops before the way back: the address that would be next. */
  readonly atCognito: (address?: string) => Promise<string>;
}

export function newBrowser(handler: ReturnType<typeof createHandler>): TestBrowser {
  const cookies = new Map<string, string>();
  const setCookies: string[] = [];

  const ask: TestBrowser['ask'] = async (address, { method = 'GET', headers = {}, body } = {}) => {
    const url = new URL(address, API_URL);
    const event: LambdaFunctionURLEvent = apiEvent({
      ...{ rawPath: url.pathname, rawQueryString: url.search.slice(1) },
      headers: { host: HOST, ...headers },
      cookies: [...cookies].map(([name, value]) => `${name}=${value}`),
      ...(body === undefined ? {} : { body }),
    });
    const http = { ...event.requestContext.http, method, sourceIp: '192.0.2.1' };
    const context = { ...event.requestContext, domainName: HOST, http };
    const result = await handler({ ...event, requestContext: context });
    if (typeof result !== 'string')
      for (const line of result.cookies ?? []) {
        setCookies.push(line);
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (line.includes('Max-Age=0')) cookies.delete(name);
        else cookies.set(name, value);
      }
    return readReply(result);
  };

  const atCognito: TestBrowser['atCognito'] = async (address = '/sign-in') => {
    const started = await ask(address);
    const there = await fetch(locationOf(started), { redirect: 'manual' });
    return there.headers.get('location') ?? '';
  };

  return {
    ...{ cookies, setCookies, ask, atCognito },
    signIn: async (address) => ask(await atCognito(address)),
  };
}

export function locationOf(reply: ApiReply): string {
  const { location } = reply.headers;
  if (location === undefined) throw new Error(`${reply.status}, and no location: ${reply.text}`);
  return location;
}
