import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import { isStaleAt } from '../../core/series/series.ts';

/** One number that the stack has taken. */
export interface StoredSample {
  readonly name: string;
  /** Empty for the host's own. */
  readonly vm: string;
  /** Of `vm_state`; empty for all else. */
  readonly reason: string;
  readonly timestampMs: number;
  readonly value: number;
}

/** Stands between agent and stack: hands each post on, and keeps what the stack has stored. */
export class BatchTap {
  readonly url: string;
  readonly #close: () => void;
  readonly #samples: Map<string, StoredSample>;

  private constructor(url: string, close: () => void, samples: Map<string, StoredSample>) {
    this.url = url;
    this.#close = close;
    this.#samples = samples;
  }

  static async open(target: string): Promise<BatchTap> {
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

  /** Each number once, however often its minute was posted. */
  samples(): readonly StoredSample[] {
    return [...this.#samples.values()];
  }

  close(): void {
    this.#close();
  }
}

/** The batch, if it was taken. */
async function passOn(
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  const headers = new Headers();
  for (const name of ['authorization', 'content-type', 'user-agent']) {
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
    const name = labelValue(labels, METRIC_NAME);
    const vm = labelValue(labels, 'vm');
    const reason = labelValue(labels, 'reason');
    const device = labelValue(labels, 'device');
    timestamps.forEach((timestampMs, i) => {
      const value = values[i];
      if (value === undefined || isStaleAt(values, i)) return;
      const key = [name, vm, reason, device, timestampMs].join('\0');
      samples.set(key, { name, vm, reason, timestampMs, value });
    });
  }
}
