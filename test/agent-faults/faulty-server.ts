import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { minuteOf } from '../../core/host-minute.ts';
import { labelValue } from '../../core/series/labels.ts';
import { createHandler } from '../../functions/ingest/handler.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';
import { startFront } from '../../infra/local/http-front.ts';
import { startTable } from '../functions/table.ts';

/** What may happen to a post, or to a connection: `cut` within its first bytes, `dark` before any. */
export type Fault =
  | 'none'
  | 'error'
  | 'busy'
  | 'storesThenFails'
  | 'storesThenHangs'
  | 'cut'
  | 'dark';

/** The real ingest over a real table, behind a network that does what a plan says. */
export interface FaultyServer {
  readonly url: URL;
  readonly key: string;
  /** What happens from now on; asked for each connection (`cut`) and for each post. */
  plan: (what: 'connection' | 'post') => Fault;
  /** How often each fault has happened. */
  readonly happened: ReadonlyMap<Fault, number>;
  /** All samples of a series that are stored: value and timestamp, in the order of time. */
  readonly stored: (
    name: string,
    fromMs: number,
    untilMs: number,
  ) => Promise<readonly { readonly value: number; readonly timestampMs: number }[]>;
  readonly close: () => Promise<void>;
}

/** Longer than the agents of these tests wait for an answer. */
const HANG_MS = 1500;

/** A cut comes within so many bytes of a connection, in either direction: most posts are shorter. */
const CUT_WITHIN_BYTES = 1500;

export async function startFaultyServer(
  host: string,
  nowMs: () => number,
  random: () => number,
): Promise<FaultyServer> {
  const table = await startTable();
  const key = await addHostKey(table.table, host, nowMs());
  const ingest = createHandler(table.environment, nowMs);
  const chunks = createChunkStore(table.table, 1);
  const happened = new Map<Fault, number>();
  const happens = (what: 'connection' | 'post'): Fault => {
    const fault = server.plan(what);
    happened.set(fault, (happened.get(fault) ?? 0) + 1);
    return fault;
  };
  const front = await startFront({
    port: 0,
    routes: { '/v1/batches': (event) => answer(event, ingest, happens('post')) },
    nowMs,
    onFault: () => {},
  });
  if (!front.ok) throw new Error(front.error.message);
  const proxy = await startProxy(Number(new URL(front.value.url).port), () =>
    cutAfter(happens('connection'), random),
  );
  const server: FaultyServer = {
    url: new URL(`http://127.0.0.1:${proxy.port}`),
    key,
    plan: () => 'none',
    happened,
    stored: async (name, fromMs, untilMs) => {
      const found: { value: number; timestampMs: number }[] = [];
      for (let minute = minuteOf(host, fromMs); minute <= minuteOf(host, untilMs); minute += 1) {
        const chunk = await chunks.get(host, minute);
        if (chunk === undefined) continue;
        const decoded = decodeChunk(
          chunk.bytes,
          (labels) => labelValue(labels, '__name__') === name,
        );
        if (!decoded.ok) throw new Error(decoded.error.message);
        for (const { timestamps, values } of decoded.value.series) {
          for (const [i, value] of values.entries()) {
            found.push({ value, timestampMs: timestamps[i] ?? 0 });
          }
        }
      }
      return found;
    },
    close: async () => {
      proxy.close();
      await front.value.close();
      await table.close();
    },
  };
  return server;
}

async function answer(
  event: LambdaFunctionURLEvent,
  ingest: (event: LambdaFunctionURLEvent) => Promise<LambdaFunctionURLResult>,
  fault: Fault,
): Promise<LambdaFunctionURLResult> {
  switch (fault) {
    case 'error':
      throw new Error('a fault');
    case 'busy':
      return { statusCode: 503, headers: { 'retry-after': '0' }, body: '' };
    case 'storesThenFails':
      await ingest(event);
      throw new Error('a fault after storing');
    case 'storesThenHangs': {
      const result = await ingest(event);
      await sleep(HANG_MS);
      return result;
    }
    case 'none':
    case 'cut':
    case 'dark':
      return ingest(event);
  }
}

/** After how many bytes a connection ends; `undefined` for one that lasts. */
function cutAfter(fault: Fault, random: () => number): number | undefined {
  if (fault === 'dark') return 0;
  return fault === 'cut' ? Math.floor(random() * CUT_WITHIN_BYTES) : undefined;
}

/** Passes bytes on, and cuts a connection after as many as `cutAfter` says (`undefined`: never). */
async function startProxy(targetPort: number, cutAfter: () => number | undefined) {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    let leftBytes = cutAfter() ?? Number.POSITIVE_INFINITY;
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on('error', () => {});
      from.on('data', (part: Buffer) => {
        const passed = part.subarray(0, Math.min(part.byteLength, leftBytes));
        leftBytes -= passed.byteLength;
        to.write(passed, () => {
          if (leftBytes > 0) return;
          client.destroy();
          target.destroy();
        });
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
