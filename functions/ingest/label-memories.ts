import type { KeyedLabels, LabelMemory } from '../../core/chunk/series-list.ts';

/** Of the function's 256 MB: some 60,000 label sets, of 130 hosts with five VMs. */
const BYTES_MAX = 30 << 20;
/** One host alone shall not take the place of all others. */
const HOST_BYTES_MAX = 3 << 20;
/** A label set beside its key: two arrays, and entries of two maps. */
const SET_BYTES = 300;

/** Label sets of earlier batches of one host that are shared with its next. */
export const HOST_SETS_MAX = 6000;
/** Who did not post for so long may be at another function, or gone. */
const KEPT_MS = 300_000;

/**
 * The label sets of hosts' last batches, in the memory of one warm function: a host's next batch nearly always names
 * the same series in the same bytes, and is checked in half the time. What does not fit is not remembered: as
 * each host comes once a minute, the one that came longest ago is the next one to come.
 */
export interface LabelMemories {
  /** What to read a host's batch with; `undefined`: none is kept. */
  readonly of: (host: string) => LabelMemory | undefined;
  /** Keeps it, if there is room: what it has read is in order, and has these series. */
  readonly keep: (
    host: string,
    memory: LabelMemory,
    series: readonly Pick<KeyedLabels, 'key'>[],
    nowMs: number,
  ) => void;
}

interface Kept {
  readonly memory: LabelMemory;
  readonly bytes: number;
  readonly atMs: number;
}

export function createLabelMemories(): LabelMemories {
  /** The one that came longest ago is first. */
  const hosts = new Map<string, Kept>();
  let sum = 0;
  const forget = (host: string) => {
    sum -= hosts.get(host)?.bytes ?? 0;
    hosts.delete(host);
  };
  const makeRoom = (nowMs: number) => {
    for (const [host, { atMs }] of hosts) {
      if (Math.abs(nowMs - atMs) < KEPT_MS) return;
      forget(host);
    }
  };
  return {
    of: (host) => hosts.get(host)?.memory,
    keep: (host, memory, series, nowMs) => {
      forget(host);
      const ofBatch = series.reduce((all, { key }) => all + key.length + SET_BYTES, 0);
      // Also what earlier batches named: who names other series in each would fill all memory.
      const bytes = Math.max(ofBatch, memory.keyChars);
      if (bytes > HOST_BYTES_MAX) return;
      if (sum + bytes > BYTES_MAX) makeRoom(nowMs);
      if (sum + bytes > BYTES_MAX) return;
      hosts.set(host, { memory, bytes, atMs: nowMs });
      sum += bytes;
    },
  };
}
