import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Code is interpreted: what is compiled takes 1 to 2 MB, and is of little use to what runs for some
 * milliseconds every 10 s. Set only when Node's modules are loaded: before, they would be compiled
 * anew and kept twice, 0.5 MB.
 */
const LATE_FLAGS: readonly string[] = ['--no-opt', '--no-maglev', '--no-sparkplug'];

/** What the agent uses of Node in its first minutes. */
const EARLY_MODULES: readonly string[] = [
  ...['child_process', 'cluster', 'crypto', 'dns', 'fs/promises', 'net', 'os', 'perf_hooks'],
  ...['stream/promises', 'timers/promises', 'zlib'],
];

/** Buffers cut from one piece keep all of it: 64 KB by default, for some bytes that are still needed. */
const BUFFER_POOL_BYTES = 4096;

/** V8 by itself lets 2 MB pile up, more than a quarter of what is in use. */
const GROWTH_MAX_BYTES = 512 << 10;

/** By then everything has run once: what only the start needed goes. */
const SETTLED_AFTER_SAMPLES = 6;

/** A collection that also gives back every page that V8 keeps for later takes 20 ms. */
const THOROUGH_EVERY_MS = 10 * 60_000;

/** As V8 gives it to whoever asks. */
type Collect = (options?: { type?: 'minor' | 'major'; flavor?: 'regular' | 'last-resort' }) => void;

/**
 * Makes the heap small and keeps it so, for a process that lasts. `https`: does it speak TLS? Gives
 * what to call after each sample, when nearly all that was made for it is of no use any more.
 */
export function keepHeapSmall(https: boolean): () => void {
  Buffer.poolSize = BUFFER_POOL_BYTES;
  for (const name of https ? [...EARLY_MODULES, 'tls'] : EARLY_MODULES) {
    process.getBuiltinModule(`node:${name}`);
  }
  for (const flag of LATE_FLAGS) setFlagsFromString(flag);
  const collect = collector();
  let samples = 0;
  let thoroughMs = 0;
  let smallestBytes = Number.POSITIVE_INFINITY;
  return () => {
    samples += 1;
    const nowMs = performance.now();
    if (samples === SETTLED_AFTER_SAMPLES || nowMs - thoroughMs > THOROUGH_EVERY_MS) {
      collect({ type: 'major', flavor: 'last-resort' });
      thoroughMs = nowMs;
      smallestBytes = getHeapStatistics().used_heap_size;
      return;
    }
    collect({ type: 'minor' });
    const usedBytes = getHeapStatistics().used_heap_size;
    if (usedBytes < smallestBytes + GROWTH_MAX_BYTES) {
      smallestBytes = Math.min(smallestBytes, usedBytes);
      return;
    }
    collect({ type: 'major' });
    smallestBytes = getHeapStatistics().used_heap_size;
  };
}

/** Node has no call for it: V8 gives one to contexts that are made while the flag is set. */
function collector(): Collect {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  if (!isCollect(collect)) throw new Error(`V8 gives no collector: ${typeof collect}`);
  return collect;
}

function isCollect(value: unknown): value is Collect {
  return typeof value === 'function';
}
