import {
  createECDH,
  createPublicKey,
  type ECDH,
  type JsonWebKey,
  randomBytes,
  verify,
} from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import ece from 'http_ece';

/** A message as a push service took it, and as the browser would read it. */
export interface TakenMessage {
  readonly device: string;
  readonly headers: IncomingMessage['headers'];
  /** Of the VAPID token. */
  readonly claims: { readonly aud: string; readonly exp: number; readonly sub: string };
  /** Decrypted. */
  readonly text: string;
}

/** A browser, as its push service and a page know it. */
export interface Device {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

export interface PushService {
  readonly origin: string;
  readonly messages: readonly TakenMessage[];
  /** A new browser. */
  readonly addDevice: (name: string) => Device;
  /** A browser elsewhere, which decrypts by itself: whoever proves the key it was subscribed with reaches it. */
  readonly addRelay: (name: string, publicKey: string, take: (body: Buffer) => void) => string;
  readonly removeRelay: (name: string) => void;
  /** What requests for a browser are answered from now on; `undefined`: 201. */
  readonly answerWith: (
    name: string,
    status: number | undefined,
    headers?: Readonly<Record<string, string>>,
  ) => void;
  /** The key that browsers were subscribed with, from now on. */
  readonly trust: (publicKey: string) => void;
  readonly close: () => Promise<void>;
}

interface KnownDevice {
  readonly ecdh: ECDH;
  readonly auth: Buffer;
  status: number | undefined;
  headers: Readonly<Record<string, string>>;
}

interface Relay {
  readonly publicKey: string;
  readonly take: (body: Buffer) => void;
}

/**
 * A push service (RFC 8030) that knows the keys of its browsers: it takes only messages of a server that proves its
 * key (VAPID, RFC 8292), and keeps what the browser would decrypt (RFC 8291).
 */
export async function startPushService(publicKey: () => string): Promise<PushService> {
  const devices = new Map<string, KnownDevice>();
  const relays = new Map<string, Relay>();
  const messages: TakenMessage[] = [];
  let origin = '';
  let trusted: string | undefined;
  const take = async (request: IncomingMessage) => {
    const name = (request.url ?? '').replace(/^\/push\//, '');
    const device = devices.get(name);
    const relay = relays.get(name);
    if (request.method === 'POST' && relay !== undefined) return relayed(request, relay, origin);
    if (request.method !== 'POST' || device === undefined) return { status: 404, headers: {} };
    const { status, headers } = device;
    if (status !== undefined) return { status, headers };
    const body = await bytesOf(request);
    const claims = provenClaims(request.headers.authorization ?? '', trusted ?? publicKey());
    if (claims === undefined || claims.aud !== origin) return { status: 403, headers: {} };
    if (request.headers['content-encoding'] !== 'aes128gcm') return { status: 415, headers: {} };
    const text = ece
      .decrypt(body, {
        version: 'aes128gcm',
        privateKey: device.ecdh,
        authSecret: device.auth.toString('base64url'),
      })
      .toString('utf8');
    messages.push({ device: name, headers: request.headers, claims, text });
    return { status: 201, headers: {} };
  };
  const server = createServer((request, response) => {
    void take(request)
      .catch(() => ({ status: 400, headers: {} }))
      .then(({ status, headers }) => response.writeHead(status, headers).end());
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    messages,
    addDevice: (name) => {
      const ecdh = createECDH('prime256v1');
      ecdh.generateKeys();
      const auth = randomBytes(16);
      devices.set(name, { ecdh, auth, status: undefined, headers: {} });
      const keys = {
        p256dh: ecdh.getPublicKey('base64url'),
        auth: auth.toString('base64url'),
      };
      return { endpoint: `${origin}/push/${name}`, keys };
    },
    addRelay: (name, key, hand) => {
      relays.set(name, { publicKey: key, take: hand });
      return `${origin}/push/${name}`;
    },
    removeRelay: (name) => {
      relays.delete(name);
    },
    answerWith: (name, status, headers = {}) => {
      const device = devices.get(name);
      if (device === undefined) throw new Error(`no browser ${name}`);
      device.status = status;
      device.headers = headers;
    },
    trust: (key) => {
      trusted = key;
    },
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

async function relayed(request: IncomingMessage, { publicKey, take }: Relay, origin: string) {
  const body = await bytesOf(request);
  const claims = provenClaims(request.headers.authorization ?? '', publicKey);
  const isProven = claims !== undefined && claims.aud === origin;
  if (isProven) take(body);
  return { status: isProven ? 201 : 403, headers: {} };
}

/** The claims of `vapid t=TOKEN, k=KEY`, if that key is the one browsers were subscribed with, and has signed them. */
function provenClaims(authorization: string, expected: string): TakenMessage['claims'] | undefined {
  const [, token = '', key = ''] = /^vapid t=([^,]+), ?k=(.+)$/.exec(authorization) ?? [];
  if (key !== expected) return undefined;
  const [header = '', payload = '', signature = ''] = token.split('.');
  const point = Buffer.from(key, 'base64url');
  const jwk: JsonWebKey = {
    kty: 'EC',
    crv: 'P-256',
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  };
  const isGood = verify(
    'sha256',
    Buffer.from(`${header}.${payload}`),
    { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  return isGood ? JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) : undefined;
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}
