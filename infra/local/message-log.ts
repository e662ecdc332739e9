import { appendFile, rename, stat } from 'node:fs/promises';
import type { Subscriber } from './sns-sink.ts';

/** About 5,000 messages; one older file of this size is kept beside it. */
const MAX_LOG_BYTES = 10 << 20;

/** Keeps what was published, a JSON object a line: for looking back, and for scripts. */
export function createMessageLog(path: string, nowMs: () => number): Subscriber {
  const deliver: Subscriber['deliver'] = async (message) => {
    if ((await sizeOf(path)) > MAX_LOG_BYTES) await rename(path, `${path}.old`);
    const line = JSON.stringify({ publishedAt: new Date(nowMs()).toISOString(), ...message });
    await appendFile(path, `${line}\n`, { mode: 0o600 });
  };
  return { name: 'message log', deliver };
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found?.size ?? 0;
}
