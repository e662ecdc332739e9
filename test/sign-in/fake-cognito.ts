import { createHash, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { SignInSettings } from '../../functions/api/sign-in/settings.ts';

/** Somebody in the pool. A test may change them at any time. */
export interface PoolUser {
  readonly sub: string;
  email: string;
  emailVerified: boolean;
  groups: string[];
  isEnabled: boolean;
}

/** What a test may bend in the next ID token. */
export interface Forged {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** Signed with a key that is not the pool's. */
  readonly isForeign?: boolean;
  /** `alg: none`, no signature. */
  readonly isUnsigned?: boolean;
}

/** Cognito as far as sign-in sees it: its pages sign in `current` at once. */
export interface FakeCognito {
  readonly url: string;
  readonly clientId: string;
  /** The settings for an API at this address, without a slash at the end. */
  readonly settings: (apiUrl: string) => SignInSettings;
  readonly addUser: (email: string, groups: readonly string[]) => PoolUser;
  /** Who is at the browser. */
  current: PoolUser | undefined;
  forged: Forged;
  /** Answers nothing but 500. */
  isDown: boolean;
  /** A refresh token is good once, and the next comes with the answer. */
  rotates: boolean;
  /** Refresh tokens that were revoked. */
  readonly revoked: ReadonlySet<string>;
  /** What was asked for, in order: `authorization_code`, `refresh_token`. */
  readonly grants: readonly string[];
  readonly close: () => Promise<void>;
}

interface IssuedCode {
  readonly user: PoolUser;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly nonce: string | null;
}

const CLIENT_ID = 'client1234567890';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
const KID = 'key-1';

export async function startFakeCognito(): Promise<FakeCognito> {
  const codes = new Map<string, IssuedCode>();
  const refreshTokens = new Map<string, PoolUser>();
  const revoked = new Set<string>();
  const grants: string[] = [];
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `http://127.0.0.1:${address.port}`;
  const issuer = `${url}/pool`;

  const fake: FakeCognito = {
    url,
    clientId: CLIENT_ID,
    current: undefined,
    forged: {},
    isDown: false,
    rotates: false,
    revoked,
    grants,
    settings: (apiUrl) => ({
      ...{ issuer, keysUrl: `${issuer}/.well-known/jwks.json`, clientId: CLIENT_ID, domain: url },
      callbackUrl: `${apiUrl}/sign-in/callback`,
      signedOutUrl: `${apiUrl}/alerts`,
    }),
    addUser: (email, groups) => ({
      ...{ sub: randomUUID(), email, emailVerified: true, groups: [...groups], isEnabled: true },
    }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', url);
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    const send = (status: number, json: object) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(json));
    };
    if (fake.isDown) return send(500, {});
    if (pathname === '/pool/.well-known/jwks.json') {
      const jwk = publicKey.export({ format: 'jwk' });
      return send(200, { keys: [{ ...jwk, kid: KID, alg: 'RS256', use: 'sig' }] });
    }
    if (pathname === '/oauth2/authorize') return authorize(searchParams, response);
    if (pathname === '/logout') {
      fake.current = undefined;
      response.writeHead(302, { location: searchParams.get('logout_uri') ?? '' });
      return void response.end();
    }
    if (form.get('client_id') !== CLIENT_ID) return send(400, { error: 'invalid_client' });
    if (pathname === '/oauth2/revoke') {
      revoked.add(form.get('token') ?? '');
      return send(200, {});
    }
    const granted = pathname === '/oauth2/token' ? grant(form) : undefined;
    return granted === undefined ? send(400, { error: 'invalid_grant' }) : send(200, granted);
  }

  function authorize(asked: URLSearchParams, response: ServerResponse): void {
    if (fake.current === undefined) {
      response.writeHead(200, { 'content-type': 'text/html' });
      return void response.end('<title>Who are you?</title>');
    }
    const code = randomUUID();
    const redirectUri = asked.get('redirect_uri') ?? '';
    codes.set(code, {
      ...{ user: fake.current, redirectUri },
      ...{ challenge: asked.get('code_challenge') ?? '', nonce: asked.get('nonce') },
    });
    const back = new URL(redirectUri);
    back.search = new URLSearchParams({ code, state: asked.get('state') ?? '' }).toString();
    response.writeHead(302, { location: back.href });
    response.end();
  }

  function grant(form: URLSearchParams): object | undefined {
    const kind = form.get('grant_type') ?? '';
    grants.push(kind);
    if (kind === 'refresh_token') {
      const token = form.get('refresh_token') ?? '';
      const user = refreshTokens.get(token);
      if (user === undefined || revoked.has(token) || !user.isEnabled) return undefined;
      const answer = { id_token: idToken(user, null), access_token: 'a', expires_in: 300 };
      if (!fake.rotates) return answer;
      const next = `refresh-${randomUUID()}`;
      refreshTokens.delete(token);
      refreshTokens.set(next, user);
      return { ...answer, refresh_token: next };
    }
    const code = form.get('code') ?? '';
    const issued = codes.get(code);
    codes.delete(code);
    const challenge = createHash('sha256').update(form.get('code_verifier') ?? '');
    if (
      issued === undefined ||
      issued.redirectUri !== form.get('redirect_uri') ||
      issued.challenge !== challenge.digest('base64url')
    )
      return undefined;
    const refreshToken = `refresh-${randomUUID()}`;
    refreshTokens.set(refreshToken, issued.user);
    return {
      ...{ id_token: idToken(issued.user, issued.nonce), refresh_token: refreshToken },
      ...{ access_token: 'a', expires_in: 300 },
    };
  }

  function idToken(user: PoolUser, nonce: string | null): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      ...{ iss: issuer, aud: CLIENT_ID, token_use: 'id', iat: now, exp: now + 300 },
      ...{ sub: user.sub, email: user.email, email_verified: user.emailVerified },
      ...(user.groups.length === 0 ? {} : { 'cognito:groups': user.groups }),
      ...(nonce === null ? {} : { nonce }),
      ...fake.forged.claims,
    };
    return signed(claims, fake.forged);
  }

  return fake;
}

function signed(claims: object, { header, isForeign, isUnsigned }: Forged): string {
  const alg = isUnsigned ? 'none' : 'RS256';
  const parts = [{ kid: KID, alg, ...header }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const text = parts.join('.');
  if (isUnsigned) return `${text}.`;
  const key = isForeign ? foreign.privateKey : privateKey;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
}
