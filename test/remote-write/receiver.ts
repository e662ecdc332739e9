import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { mergeSeries } from '../../core/chunk/merge.ts';
import { minuteOf } from '../../core/host-minute.ts';
import type { Series } from '../../core/series/series.ts';
import { createHandler } from '../../functions/remote-write/handler.ts';
import { createChunkStore, type StoredChunk } from '../../functions/store/chunks.ts';
import { addHostKey, type KeyKind } from '../../functions/store/host-keys.ts';
import { startTable, type TestTable } from '../functions/table.ts';

/** What a sender gets to see of an answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Prometheus' error JSON, or `undefined` for an empty body. */
  readonly error: { status: string; errorType: string; error: string } | undefined;
  readonly samplesWritten: number;
}

/** The receiver over a table in memory, with a clock that stands still. */
export interface Receiver {
  readonly store: TestTable;
  readonly nowMs: number;
  readonly post: (event: LambdaFunctionURLEvent) => Promise<Answer>;
  readonly newKey: (name: string, kind?: KeyKind) => Promise<string>;
  /** All chunks a sender has, of the minutes that hold these instants. */
  readonly chunks: (sender: string, timestamps: Iterable<number>) => Promise<StoredChunk[]>;
  readonly close: () => Promise<void>;
}

export async function startReceiver(nowMs: number): Promise<Receiver> {
  const store = await startTable();
  const handle = createHandler(store.environment, () => nowMs);
  const table = createChunkStore(store.table, 1);
  return {
    store,
    nowMs,
    post: async (event) => answerOf(await handle(event)),
    newKey: (name, kind = 'sender') => addHostKey(store.table, name, nowMs, kind),
    chunks: async (sender, timestamps) => {
      const minutes = new Set([...timestamps].map((timestamp) => minuteOf(sender, timestamp)));
      const found = [...minutes].map((minute) => table.senderMinute(minute, nowMs, sender));
      return (await Promise.all(found)).flat();
    },
    close: store.close,
  };
}

export function answerOf(result: Awaited<ReturnType<ReturnType<typeof createHandler>>>): Answer {
  if (typeof result === 'string') throw new Error(`a bare body: ${result}`);
  const headers = result.headers ?? {};
  return {
    status: result.statusCode ?? 0,
    headers,
    error: result.body === undefined ? undefined : JSON.parse(result.body),
    samplesWritten: Number(headers['x-prometheus-remote-write-samples-written']),
  };
}

/** The series of chunks, joined. */
export function seriesOf(chunks: readonly StoredChunk[]): Series[] {
  return chunks.reduce<Series[]>((all, { bytes }) => {
    const decoded = decodeChunk(bytes);
    if (!decoded.ok) throw new Error(decoded.error.message);
    return mergeSeries(all, decoded.value.series);
  }, []);
}
