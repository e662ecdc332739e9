import { MINUTE_MS } from '../core/host-minute.ts';
import { packEntry } from '../core/inventory/packed-entry.ts';
import type { PlacedVm } from '../core/inventory/stays.ts';
import { DAY_MS } from '../core/time.ts';
import { createInventoryWriter } from '../functions/evaluate/inventory-writer.ts';
import type { Table } from '../functions/store/dynamo.ts';
import { cacheInventory } from '../functions/store/inventory-cache.ts';
import { createInventoryLedger } from '../functions/store/inventory-ledger.ts';
import { startBenchTable } from './bench-table.ts';
import { countUnits } from './count-units.ts';
import { madeHostEntry, VMS_PER_HOST } from './made-host-entry.ts';

const HOSTS = 1000;
const TICKS = 6 * 60;
const START_MS = Date.UTC(2026, 10, 20);
const KEEP_MS = 400 * DAY_MS;
const GONE = 50_000;
/** us-east-1, on demand: a million write and read request units. */
const WRITE_DOLLARS = 0.625;
const READ_DOLLARS = 0.125;
const HOURS_A_MONTH = 730;

/**
 * What the inventory costs: a fleet's ticks with the evaluator's own writer against the embedded table, which
 * counts units as DynamoDB does; then what it costs to read beside 50,000 hosts that are gone.
 */
export async function benchInventory(): Promise<void> {
  const bench = await startBenchTable();
  const { table } = bench;
  const units = countUnits();
  await writing(table, units);
  await reading(table, units);
  bench.close();
}

type Units = ReturnType<typeof countUnits>;

async function writing(table: Table, units: Units): Promise<void> {
  const fleet = Array.from({ length: HOSTS }, (_, i) => madeHostEntry(i, START_MS));
  const placed = fleet.flatMap(({ host, vms }) =>
    vms.map(({ uuid }): PlacedVm => ({ uuid, places: [{ host, fromMs: START_MS }] })),
  );
  const writer = createInventoryWriter(createInventoryLedger(table), KEEP_MS);
  const took: number[] = [];
  let atFirst = 0;
  for (let minute = 0; minute <= TICKS; minute++) {
    const nowMs = START_MS + minute * MINUTE_MS;
    const seen = fleet.map((host) => ({
      ...host,
      lastSeenMs: nowMs - 4000,
      vms: host.vms.map((vm) => ({ ...vm, lastSeenMs: nowMs - 4000 })),
    }));
    const before = process.cpuUsage();
    const errors = await writer.update({ seen, placed, written: [] }, nowMs);
    if (errors.length > 0) throw new Error(errors.join('\n'));
    const { user, system } = process.cpuUsage(before);
    took.push((user + system) / 1000);
    // The first hour's writes are those of a fleet that is new.
    if (minute === 59) {
      atFirst = units.total();
      units.clear();
    }
  }
  globalThis.gc?.();
  const heapBefore = process.memoryUsage().heapUsed;
  const known = await createInventoryLedger(table).stored(START_MS + TICKS * MINUTE_MS);
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed - heapBefore;
  const perHour = units.total() / HOSTS / (TICKS / 60 - 1);
  const quiet = took.toSorted((a, b) => a - b)[Math.floor(took.length / 4)] ?? 0;
  const [first] = fleet;
  console.log(`${HOSTS} hosts with ${VMS_PER_HOST} VMs, ${TICKS} ticks a minute apart`);
  console.log(`  an entry of ${first === undefined ? 0 : entryBytes(first)} bytes`);
  console.log(`  ${(atFirst / HOSTS).toFixed(2)} units a host to write it anew`);
  console.log(`  ${perHour.toFixed(3)} write units a host and hour`);
  const dollars = (perHour * HOURS_A_MONTH * WRITE_DOLLARS) / 1e6;
  console.log(`  $${dollars.toFixed(6)} a host and month`);
  console.log(`  ${quiet.toFixed(0)} ms of CPU time in a tick that writes nothing`);
  console.log(`  ${(heap / 1e6).toFixed(1)} MB held by a warm evaluator of ${known.length} hosts`);
}

async function reading(table: Table, units: Units): Promise<void> {
  const ledger = createInventoryLedger(table);
  const nowMs = START_MS + TICKS * MINUTE_MS;
  for (let from = 0; from < GONE; from += 100) {
    const some = Array.from({ length: 100 }, (_, i) => {
      const lastSeenMs = nowMs - ((from + i + 1) * (398 * DAY_MS)) / GONE;
      const host = `worker-${from + i}`;
      const entry = {
        ...madeHostEntry(from + i, START_MS),
        host,
        firstSeenMs: lastSeenMs - DAY_MS / 4,
        lastSeenMs,
      };
      return ledger.putApart({ ...entry, vms: [] }, lastSeenMs, lastSeenMs + KEEP_MS);
    });
    await Promise.all(some);
  }
  console.log(`beside ${GONE.toLocaleString('en-US')} hosts that came and went within 400 days`);
  for (const [what, days] of [
    ['about now', 0],
    ['of the last day', 1],
    ['of the last 30 days', 30],
    ['of a year', 365],
  ] as const) {
    const inventory = cacheInventory(ledger);
    units.clear();
    const before = performance.now();
    const found = await inventory.hosts(nowMs, nowMs - days * DAY_MS - DAY_MS);
    const ms = performance.now() - before;
    const dollars = (units.total() * READ_DOLLARS) / 1e6;
    const text = `${found.length} hosts, ${units.total()} read units ($${dollars.toFixed(6)})`;
    console.log(`  a question ${what}: ${text}, ${ms.toFixed(0)} ms with the embedded table`);
  }
}

function entryBytes({ host: _, vms, ...entry }: ReturnType<typeof madeHostEntry>): number {
  const stays = vms.map(({ uuid }) => ({ uuid, fromMs: START_MS }));
  const known = vms.map((vm) => ({ ...vm, firstSeenMs: START_MS, lastSeenMs: START_MS }));
  return packEntry({ ...entry, vms: known, stays }).length;
}
