import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import { URGENT_HEADER } from '../../core/urgent.ts';

/** One number that was taken. */
export interface StoredSample {
  readonly name: string;
  readonly host: string;
  /** Empty for the host's own. */
  readonly vm: string;
  /** Of `vm_state` and `hypervigil_agent_stopped`; empty for all else. */
  readonly reason: string;
  /** Of `vm_job_active`; empty for all else. */
  readonly operation: string;
  readonly timestampMs: number;
  /** `NaN` for the marker of a series that has ended. */
  readonly value: number;
}

/** Receives what agents post: hands each post on to a stack, or takes it itself, and keeps what was taken. */
export class BatchTap {
  readonly url: string;
  readonly #close: () => void;
  readonly #samples: Map<string, StoredSample>;

  private constructor(url: string, close: () => void, samples: Map<string, StoredSample>) {
    this.url = url;
    this.#close = close;
    this.#samples = samples;
  }

  /** Without a target there is no stack, and every post is taken. */
  static async open(target?: string): Promise<BatchTap> {
    const samples = new Map<string, StoredSample>();
    const server = createServer((request, response) => {
      void passOn(target, request, response).then((stored) => {
        if (stored !== undefined) keep(stored, samples);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error(`no port: ${address}`);
    const close = () => {
      server.closeAllConnections();
      server.close();
    };
    return new BatchTap(`http://127.0.0.1:${address.port}`, close, samples);
  }

  /** Each number once, however often its minute was posted; no markers. */
  samples(): readonly StoredSample[] {
    return this.points().filter(({ value }) => !Number.isNaN(value));
  }

  /** Numbers and markers. */
  points(): readonly StoredSample[] {
    return [...this.#samples.values()];
  }

  close(): void {
    this.#close();
  }
}

/** The batch, if it was taken. */
async function passOn(
  target: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  if (target === undefined) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ stored: true }));
    return body;
  }
  const headers = new Headers();
  for (const name of ['authorization', 'content-type', 'user-agent', URGENT_HEADER]) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  try {
    const answer = await fetch(`${target}${request.url}`, { method: 'POST', headers, body });
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(await answer.text());
    return answer.ok ? body : undefined;
  } catch (error) {
    response.writeHead(502).end(String(error)); // the agent will try again
    return undefined;
  }
}

function keep(chunk: Uint8Array, samples: Map<string, StoredSample>): void {
  const decoded = decodeChunk(chunk);
  if (!decoded.ok) throw new Error(`the stack took what can't be read: ${decoded.error.message}`);
  for (const { labels, timestamps, values } of decoded.value.series) {
    const of = (label: string) => labelValue(labels, label);
    const identity = {
      name: of(METRIC_NAME),
      host: of('host'),
      vm: of('vm'),
      reason: of('reason'),
      operation: of('operation'),
    };
    timestamps.forEach((timestampMs, i) => {
      const value = values[i];
      if (value === undefined) return;
      const key = [...Object.values(identity), of('device'), timestampMs].join('\0');
      samples.set(key, { ...identity, timestampMs, value });
    });
  }
}
