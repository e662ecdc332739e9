import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import type { createHandler } from '../../functions/api/handler.ts';
import { urlEvent } from '../table-faults/clients.ts';
import type { World } from './world.ts';

type Handler = ReturnType<typeof createHandler>;

const ISSUER = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_pool';
const CLIENT = 'client';
const KEY_ID = 'key-1';
const HOST = 'api.example';
/** So long after it, Cognito is asked again whether the person may come in. */
const RENEWED_AFTER_MS = 11 * 60_000;

/** A user pool that lets one person in, as admin. */
interface Pool {
  readonly url: string;
  /** What the ID token must give back. */
  nonce: string;
  readonly close: () => void;
}

async function startPool(): Promise<Pool> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, alg: 'RS256', use: 'sig' }];
  const server = createServer((request, response) => {
    const isKeys = request.method === 'GET';
    const tokens = () => ({ id_token: idToken(privateKey, pool.nonce), refresh_token: 'refresh' });
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(isKeys ? { keys } : tokens()));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const pool: Pool = {
    url: `http://127.0.0.1:${port}`,
    nonce: '',
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return pool;
}

function idToken(key: KeyObject, nonce: string): string {
  const seconds = Math.floor(Date.now() / 1000);
  const claims = {
    ...{ iss: ISSUER, aud: CLIENT, sub: 'person-1', token_use: 'id', nonce },
    ...{ email: 'ada@example.com', email_verified: true, 'cognito:groups': ['admin'] },
    ...{ iat: seconds, exp: seconds + 300 },
  };
  const text = [{ alg: 'RS256', kid: KEY_ID, typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

/** Somebody signs in, looks at alerts now and after a while, and signs out. */
export async function signInAndOut(
  handler: Handler,
  { recorder }: World,
  clock: { nowMs: number },
): Promise<void> {
  const pool = await startPool();
  try {
    recorder.setParameter(
      JSON.stringify({
        ...{ issuer: ISSUER, keysUrl: `${pool.url}/keys`, clientId: CLIENT, domain: pool.url },
        callbackUrl: `https://${HOST}/sign-in/callback`,
        signedOutUrl: `https://${HOST}/alerts`,
      }),
    );
    const begun = await visit(handler, { rawPath: '/sign-in' }, 303);
    const asked = new URL(begun.location).searchParams;
    pool.nonce = asked.get('nonce') ?? '';
    const rawQueryString = new URLSearchParams({ code: 'c', state: asked.get('state') ?? '' });
    const callback = { rawPath: '/sign-in/callback', rawQueryString: String(rawQueryString) };
    const { cookies } = await visit(handler, { ...callback, cookies: begun.cookies }, 303);
    await visit(handler, { rawPath: '/api/v1/alerts', cookies }, 200);
    clock.nowMs += RENEWED_AFTER_MS;
    await visit(handler, { rawPath: '/api/v1/alerts', cookies }, 200);
    await visit(handler, { rawPath: '/sign-out', method: 'POST', cookies }, 200);
  } finally {
    pool.close();
  }
}

type Visit = Partial<LambdaFunctionURLEvent> & { method?: string };

/** As a page of ours does it; gives what it sets as cookies, as the browser sends them. */
async function visit(handler: Handler, { method = 'GET', ...parts }: Visit, status: number) {
  const event = urlEvent({
    method,
    ...parts,
    headers: { origin: `https://${HOST}`, 'sec-fetch-site': 'same-origin', 'x-hypervigil': '1' },
  });
  event.requestContext.domainName = HOST;
  const answer = await handler(event);
  if (typeof answer === 'string' || answer.statusCode !== status)
    throw new Error(`${parts.rawPath}: ${JSON.stringify(answer)}, not ${status}`);
  const cookies = (answer.cookies ?? []).map((cookie) => cookie.replace(/;.*$/, ''));
  return { location: String(answer.headers?.['location'] ?? ''), cookies };
}
