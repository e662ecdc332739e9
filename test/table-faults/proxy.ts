import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import * as v from 'valibot';

/** What happens to one call of the table. `unseen`: the table never got it; `done`: it did it, and nobody hears. */
export type Fault =
  | { readonly kind: 'refused'; readonly status: number; readonly name: string }
  | { readonly kind: 'page'; readonly status: number }
  | { readonly kind: 'cut'; readonly when: 'unseen' | 'done' | 'half' }
  | { readonly kind: 'hang'; readonly when: 'unseen' | 'done' | 'half' }
  | { readonly kind: 'late'; readonly ms: number }
  | { readonly kind: 'truncated' }
  /** Of the keys of a BatchGetItem the table gives so many, and leaves the others. */
  | { readonly kind: 'partial'; readonly keys: number }
  /** A page of a Query ends after so many items. */
  | { readonly kind: 'short'; readonly items: number };

export interface Call {
  /** `GetItem`, `Query` ... */
  readonly operation: string;
  /** From 0, of all calls since the last `inject`. */
  readonly index: number;
  readonly body: string;
}

export type Schedule = (call: Call) => Fault | undefined;

/** Stands before a table, and does to calls what the schedule says. */
export interface FaultyProxy {
  readonly endpoint: string;
  /** From now on; counts calls anew. */
  readonly inject: (schedule?: Schedule) => void;
  /** Calls since the last `inject`. */
  readonly calls: () => readonly Call[];
  readonly close: () => void;
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const BatchGet = v.looseObject({
  RequestItems: v.record(v.string(), v.looseObject({ Keys: v.array(v.unknown()) })),
});
const Responses = v.looseObject({ UnprocessedKeys: v.optional(v.record(v.string(), v.unknown())) });

export async function startProxy(target: string): Promise<FaultyProxy> {
  let schedule: Schedule = () => undefined;
  let calls: Call[] = [];
  const server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    const operation = String(request.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
    const call = { operation, index: calls.length, body };
    calls.push(call);
    const fault = schedule(call);
    const pass = (sent = body) => forward(target, request, sent);
    await answerWith(fault, call, pass, response);
  }
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    inject: (next = () => undefined) => {
      schedule = next;
      calls = [];
    },
    calls: () => calls,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answerWith(
  fault: Fault | undefined,
  { operation, body }: Call,
  pass: (sent?: string) => Promise<Reply>,
  response: ServerResponse,
): Promise<void> {
  switch (fault?.kind) {
    case 'refused': {
      const type = `com.amazonaws.dynamodb.v20120810#${fault.name}`;
      return send(response, fault.status, JSON.stringify({ __type: type, message: 'injected' }));
    }
    case 'page':
      return send(response, fault.status, '<html><body>Bad Gateway</body></html>');
    case 'cut':
    case 'hang': {
      const reply = fault.when === 'unseen' ? undefined : await pass();
      if (fault.when === 'half' && reply !== undefined) sendHalf(response, reply);
      if (fault.kind === 'cut') setImmediate(() => response.destroy());
      return;
    }
    case 'late':
      await new Promise((resolve) => {
        setTimeout(resolve, fault.ms);
      });
      return relay(response, await pass());
    case 'truncated': {
      const { status, body: whole } = await pass();
      return send(response, status, whole.slice(0, Math.ceil(whole.length / 2)));
    }
    case 'partial':
      if (operation === 'BatchGetItem') return relay(response, await partly(body, fault, pass));
      return relay(response, await pass());
    case 'short':
      if (operation !== 'Query') return relay(response, await pass());
      return relay(
        response,
        await pass(JSON.stringify({ ...JSON.parse(body), Limit: fault.items })),
      );
    default:
      return relay(response, await pass());
  }
}

async function partly(
  body: string,
  { keys }: { readonly keys: number },
  pass: (sent?: string) => Promise<Reply>,
): Promise<Reply> {
  const { RequestItems, ...rest } = v.parse(BatchGet, JSON.parse(body));
  const left: Record<string, unknown> = {};
  const asked: typeof RequestItems = {};
  for (const [table, { Keys, ...how }] of Object.entries(RequestItems)) {
    if (Keys.length > keys) left[table] = { ...how, Keys: Keys.slice(keys) };
    if (keys > 0) asked[table] = { ...how, Keys: Keys.slice(0, keys) };
  }
  if (keys === 0) {
    const none = JSON.stringify({ Responses: {}, UnprocessedKeys: left });
    return { status: 200, headers: {}, body: none };
  }
  const reply = await pass(JSON.stringify({ ...rest, RequestItems: asked }));
  const given = v.parse(Responses, JSON.parse(reply.body));
  return { ...reply, body: JSON.stringify({ ...given, UnprocessedKeys: left }) };
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

function relay(response: ServerResponse, { status, body }: Reply): void {
  send(response, status, body);
}

/** Says how long the answer is, and sends the first half of it. */
function sendHalf(response: ServerResponse, { status, body }: Reply): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': bytes.length,
  });
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)));
}

function forward(target: string, { headers }: IncomingMessage, body: string): Promise<Reply> {
  const { 'content-length': _, 'accept-encoding': __, host: ___, ...rest } = headers;
  return new Promise((resolve, reject) => {
    const length = Buffer.byteLength(body);
    const options = { method: 'POST', headers: { ...rest, 'content-length': length } };
    const request = httpRequest(target, options, (answer) => {
      textOf(answer).then(
        (text) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }),
        reject,
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function textOf(stream: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString('utf8');
}
