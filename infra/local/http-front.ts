import { open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type {
  APIGatewayProxyStructuredResultV2,
  LambdaFunctionURLEvent,
  LambdaFunctionURLResult,
} from 'aws-lambda';
import { ok, type Result } from '../../core/result.ts';
import { secured, TRANSPORT_HEADER } from '../../functions/http-headers.ts';
import { functionUrlEvent } from './function-url-event.ts';
import { closeServer, LOOPBACK, listen } from './listen.ts';
import { notOurs } from './own-request.ts';
import { readBody } from './read-body.ts';
import type { StartFailure } from './start-failure.ts';

/** A function behind a URL, as Lambda calls it. */
export type UrlFunction = (event: LambdaFunctionURLEvent) => Promise<LambdaFunctionURLResult>;

/** A file of this machine, where on AWS there would be a redirect to S3. */
export interface FileAnswer {
  readonly filePath: string;
}

/** A function behind a URL that may also answer with a file. */
export type FileFunction = (
  event: LambdaFunctionURLEvent,
) => Promise<LambdaFunctionURLResult | FileAnswer>;

export interface FrontOptions {
  readonly port: number;
  /** Which function answers which path; one that ends with "/", but for "/" itself, stands for all that begin so. */
  readonly routes: Readonly<Record<string, FileFunction>>;
  /** Where people reach it through a server of their own, if they do: its name may be asked for as well. */
  readonly externalUrl?: string;
  readonly nowMs: () => number;
  /** Told of a function that threw: a bug, answered with 500 as Lambda does. */
  readonly onFault: (path: string, error: unknown) => void;
}

/** The HTTP server before the functions; loopback only. */
export interface Front {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Lambda's limit for an event. Source: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_EVENT_BYTES = 6 << 20;
const CLOSE_GRACE_MS = 2_000;

export async function startFront(options: FrontOptions): Promise<Result<Front, StartFailure>> {
  const server = createServer((request, response) => {
    void serve(request, response, options);
  });
  const port = await listen(server, options.port);
  if (!port.ok) return port;
  return ok({
    url: `http://${LOOPBACK}:${port.value}`,
    close: () => closeServer(server, CLOSE_GRACE_MS),
  });
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { routes, nowMs, onFault, externalUrl }: FrontOptions,
): Promise<void> {
  const wrong = notOurs(request, externalUrl);
  if (wrong !== undefined) return refuse(response, wrong.status, wrong.code, wrong.message);
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const route = routeOf(routes, path);
  if (route === undefined) return refuse(response, 404, 'not_found', `nothing at ${path}`);
  const body = await readBody(request, MAX_EVENT_BYTES);
  if (!body.ok) {
    if (body.error === 'aborted') return void response.destroy();
    return refuse(response, 413, 'too_large', `more than ${MAX_EVENT_BYTES} bytes`);
  }
  const event = functionUrlEvent(request, body.value, nowMs());
  if ((event.body?.length ?? 0) > MAX_EVENT_BYTES) {
    return refuse(response, 413, 'too_large', `more than ${MAX_EVENT_BYTES} bytes in base64`);
  }
  try {
    const answer = await route(event);
    if (typeof answer === 'object' && 'filePath' in answer) await sendFile(response, answer);
    else respond(response, answer);
  } catch (error) {
    onFault(path, error);
    refuse(response, 500, 'internal', 'a fault of Hypervigil; its terminal says which');
  }
}

function routeOf(routes: FrontOptions['routes'], path: string): FileFunction | undefined {
  if (Object.hasOwn(routes, path)) return routes[path];
  const prefix = Object.keys(routes).find(
    (key) => key !== '/' && key.endsWith('/') && path.startsWith(key),
  );
  return prefix === undefined ? undefined : routes[prefix];
}

/** Streamed: it is larger than an answer of Lambda's may be. */
async function sendFile(response: ServerResponse, { filePath }: FileAnswer): Promise<void> {
  const file = await open(filePath);
  const { size } = await file.stat();
  const headers = { 'content-type': 'application/octet-stream', 'content-length': size };
  response.writeHead(200, headersOf({ headers }));
  try {
    await pipeline(file.createReadStream(), response);
  } catch {
    // Whoever asked is gone, or sees that the file ended too early.
    response.destroy();
  }
}

function respond(response: ServerResponse, result: LambdaFunctionURLResult): void {
  const { statusCode, body = '', isBase64Encoded, ...rest } = secured(result);
  if (rest.cookies !== undefined) response.setHeader('set-cookie', rest.cookies);
  response.writeHead(statusCode ?? 200, headersOf(rest));
  response.end(Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8'));
}

/** As on AWS, but that nobody is told to come with TLS, which is not spoken here. */
function headersOf(result: APIGatewayProxyStructuredResultV2): Record<string, string> {
  const headers = Object.entries(secured(result).headers ?? {});
  return Object.fromEntries(
    headers
      .filter(([name]) => name !== TRANSPORT_HEADER)
      .map(([name, value]) => [name, String(value)]),
  );
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  const headers = { 'content-type': 'application/json', connection: 'close' };
  response.writeHead(status, headersOf({ headers }));
  response.end(JSON.stringify({ error: { code, message } }));
}
