import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { decodeState } from '../../core/alerting/state-encoding.ts';
import { WindowReader } from '../../functions/evaluate/window.ts';
import type { StoredChunk } from '../../functions/store/chunks.ts';
import { createStateStore, type StateStore } from '../../functions/store/state.ts';
import { numbersFrom } from './arguments.ts';
import { countedTable, type Units } from './counted-table.ts';
import { loadShipped, runOurs, type Shipped } from './our-side.ts';
import { type HostStory, type VmNow, WORLD_START_MS, type World } from './world.ts';

const MINUTES = 24;
const MOVES_IN = 12;
const CRASHES_IN = 16;
const RUNS: VmNow = { state: 1, reason: 'booted' };
const CRASHED: VmNow = { state: 5, reason: 'crashed' };

/** A minute of the fleet as it is read: items that the key names, and their bytes. */
interface Reads {
  minutes: number;
  keys: number;
  bytes: number;
}

/**
 * What a tick reads and writes in the table, of a fleet in which at first nothing happens, then VMs migrate, and
 * then some crash: `--hosts 1000 --vms 10 --moves 100 --crashes 50`.
 */
export async function benchTick(args: readonly string[]): Promise<void> {
  const { hosts, vms, moves, crashes } = numbersFrom(args, {
    ...{ hosts: 1000, vms: 10, moves: 100, crashes: 50 },
  });
  const shipped = loadShipped();
  const { table, take } = countedTable();
  const state = withWholeSize(createStateStore(table, () => WORLD_START_MS));
  const reads: Reads = { minutes: 0, keys: 0, bytes: 0 };
  const rows: Record<string, Record<string, string | number>> = {};
  const startedMs = performance.now();
  await runOurs(fleet(hosts, vms, moves, crashes), shipped, true, {
    state,
    windowOver: (minuteOf) => countedWindow(minuteOf, shipped, reads),
    onTick: (minute) => {
      rows[whatIn(minute, moves, crashes)] = rowOf(take(), state.wholeBytes(), reads, hosts);
      Object.assign(reads, { minutes: 0, keys: 0, bytes: 0 });
    },
  });
  console.log(
    `${hosts} hosts with ${vms} VMs each, a tick a minute; the state's bytes and units, all that a tick writes and ` +
      'deletes together; "as a whole": what it would write anew each time; chunks read: in minutes of the fleet.',
  );
  console.table(rows);
  console.log(`${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
}

function whatIn(minute: number, moves: number, crashes: number): string {
  const name = `minute ${String(minute).padStart(2)}`;
  if (minute === 1) return `${name}, the first`;
  if (minute === MOVES_IN + 1) return `${name}: ${moves} VMs have migrated`;
  if (minute === CRASHES_IN + 1) return `${name}: ${crashes} VMs have crashed`;
  return name;
}

function rowOf(units: Units, wholeBytes: number, reads: Reads, hosts: number) {
  return {
    'bytes written': units.writtenBytes,
    'write units': units.writeUnits,
    'read units': units.readUnits,
    'as a whole, bytes': wholeBytes,
    'minutes read': (reads.minutes / hosts).toFixed(2),
    'asked by key': reads.keys,
  };
}

/** A store that also knows how large the state would be in one piece. */
function withWholeSize(store: StateStore): StateStore & { wholeBytes: () => number } {
  let bytes = 0;
  return {
    read: store.read,
    replace: (before, after) => {
      bytes = deflateRawSync(JSON.stringify(decodeState(after))).length;
      return store.replace(before, after);
    },
    wholeBytes: () => bytes,
  };
}

function countedWindow(
  minuteOf: (minute: number) => readonly StoredChunk[],
  { keepMs }: Shipped,
  reads: Reads,
): WindowReader {
  const of = (minute: number) =>
    minuteOf(minute).map((chunk) => ({ ...chunk, origin: `boot of ${chunk.writer}` }));
  const whole = async (minute: number) => {
    const chunks = of(minute);
    reads.minutes += chunks.length;
    return chunks;
  };
  return new WindowReader(whole, keepMs, undefined, {
    senderMinute: async () => [],
    batch: async (keys) => {
      reads.keys += keys.length;
      const wanted = new Set(keys.map(({ writer }) => writer));
      const [first] = keys;
      const chunks = first === undefined ? [] : of(first.minute);
      return { chunks: chunks.filter(({ writer }) => wanted.has(writer)), unread: [] };
    },
  });
}

function fleet(hostCount: number, vmsPerHost: number, moves: number, crashes: number): World {
  const names = Array.from({ length: hostCount }, (_, i) => `kvm${i}.example.net`);
  const lives = names.map(() => new Map<string, (minute: number) => VmNow | undefined>());
  for (let host = 0; host < hostCount; host++) {
    for (let vm = 0; vm < vmsPerHost; vm++) {
      // As random as a UUID, which is what it costs in the state.
      const name = createHash('md5').update(`${host}/${vm}`).digest('hex');
      const isFirst = vm === 0;
      if (isFirst && host < moves) {
        lives[host]?.set(name, (minute) => (minute < MOVES_IN ? RUNS : undefined));
        const far = lives[(host + Math.ceil(hostCount / 2)) % hostCount];
        far?.set(name, (minute) => (minute < MOVES_IN ? undefined : RUNS));
      } else if (isFirst && host < moves + crashes) {
        lives[host]?.set(name, (minute) => (minute < CRASHES_IN ? RUNS : CRASHED));
      } else lives[host]?.set(name, () => RUNS);
    }
  }
  const hosts: Record<string, HostStory> = Object.fromEntries(
    names.map((name, i) => [name, { vms: Object.fromEntries(lives[i] ?? []) }]),
  );
  return { name: 'fleet', what: 'a large fleet', minutes: MINUTES, hosts };
}
