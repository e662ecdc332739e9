import type { AlertInstance } from '../../core/alerting/alert-state.ts';
import { encodeState } from '../../core/alerting/state-encoding.ts';
import { FIRST_STATE, type TickState } from '../../core/alerting/tick-state.ts';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { countSamples } from '../../core/chunk/merge.ts';
import { MINUTE_MS, minuteOf, minuteStartMs } from '../../core/host-minute.ts';
import { labelsFrom, labelValue } from '../../core/series/labels.ts';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import type { HostState, VmState } from '../../core/topology/topology-state.ts';
import type { VmKind } from '../../core/topology/vm-kind.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { createShards } from '../../functions/store/shards.ts';
import { createStateStore } from '../../functions/store/state.ts';
import { type BenchTable, startBenchTable } from '../bench-table.ts';
import { like, type MadeHost, madeHost } from '../captured-host.ts';
import { madeHostEntry } from '../made-host-entry.ts';

export const HOSTS = 1000;
/** Of 5 captured VMs each. */
const VM_SETS = 2;
export const VMS = HOSTS * VM_SETS * 5;

const WRITES_AT_ONCE = 40;
const SAMPLE_MS = 10_000;

/** The table of a fleet as agents and ticks leave it. */
export interface FleetTable extends BenchTable {
  readonly token: string;
  /** Writes the state of a tick at a time, in which some VMs have crashed and alerts of them fire. */
  readonly tick: (atMs: number, crashed: ReadonlySet<number>) => Promise<void>;
  /** Writes what a minute has of all hosts. */
  readonly storeMinute: (minute: number, nowMs: number) => Promise<void>;
  readonly chunkBytes: number;
}

/** A thousand hosts with ten VMs each, and the last three minutes of them before `nowMs`. */
export async function startFleetTable(nowMs: number): Promise<FleetTable> {
  const bench = await startBenchTable();
  const { table } = bench;
  await createShards(table, 1, () => nowMs).upTo(0);
  const token = await addApiToken(table, 'bench', nowMs);
  const hosts = Array.from({ length: HOSTS }, (_, i) => madeHost(`hv-${digits(i)}`, VM_SETS));
  const chunkBytes = encodeChunk(minuteOfHost(hosts[0], 0)).length;
  const inventory = createInventoryStore(table);
  const entries = hosts.map(({ host, series }, i) => () => {
    const seen = { firstSeenMs: nowMs - 30 * DAY_MS, lastSeenMs: nowMs };
    const vms = vmsOf(series).map((vm) => ({ ...vm, ...seen, vcpus: 2 }));
    const stays = vms.map(({ uuid }) => ({ uuid, fromMs: seen.firstSeenMs }));
    const { facts } = madeHostEntry(i, seen.firstSeenMs, 0);
    const entry = { host, ...seen, chunkBytes, facts, vms, stays };
    return inventory.putHost(entry, nowMs + DAY_MS);
  });
  await allOf(entries);
  const chunks = createChunkStore(table, 1);
  const storeMinute: FleetTable['storeMinute'] = (minute, now) =>
    allOf(
      hosts
        .filter(({ host }) => minuteStartMs(host, minute) + MINUTE_MS <= now)
        .map((made) => () => {
          const series = minuteOfHost(made, minute);
          const chunk = {
            writer: made.host,
            minute,
            firstMs: minuteStartMs(made.host, minute),
            bytes: encodeChunk(series),
            sampleCount: countSamples(series),
          };
          return chunks.put(chunk, 'shorter', now + DAY_MS);
        }),
    );
  const thisMinute = Math.floor(nowMs / MINUTE_MS);
  for (const minute of [thisMinute - 2, thisMinute - 1]) await storeMinute(minute, nowMs);
  const states = createStateStore(table);
  const tick: FleetTable['tick'] = async (atMs, crashed) => {
    const before = await states.read();
    await states.replace(before, encodeState(stateAt(hosts, atMs, crashed), before));
  };
  await tick(nowMs, new Set());
  return { ...bench, token, tick, storeMinute, chunkBytes };
}

function vmsOf(series: MadeHost['series']): { uuid: string; name: string }[] {
  const names = new Map(
    series.map(({ labels }) => [labelValue(labels, 'uuid'), labelValue(labels, 'vm')]),
  );
  names.delete('');
  return [...names].map(([uuid, name]) => ({ uuid, name }));
}

function minuteOfHost(made: MadeHost | undefined, minute: number) {
  if (made === undefined) return [];
  const startMs = minuteStartMs(made.host, minute);
  const at = Array.from({ length: MINUTE_MS / SAMPLE_MS }, (_, i) => startMs + i * SAMPLE_MS);
  return like(made.series, at);
}

/** One VM of forty is not simply running. */
const KINDS: readonly VmKind[] = ['off', 'off', 'off', 'paused', 'suspended', 'hung', 'busy'];

function stateAt(
  hosts: readonly MadeHost[],
  atMs: number,
  crashed: ReadonlySet<number>,
): TickState {
  const bootedMs = (i: number) => atMs - (atMs % DAY_MS) - HOUR_MS - i * 17_117;
  const hostStates = hosts.map(({ host }): HostState => {
    const lastMs = minuteStartMs(host, minuteOf(host, atMs)) - SAMPLE_MS;
    return { host, condition: 'up', lastMs, libvirtUpMs: lastMs };
  });
  const alerts: AlertInstance[] = [];
  const vms = hosts.flatMap(({ host, series }, h) =>
    vmsOf(series).map(({ uuid, name }, v): VmState => {
      const index = h * VM_SETS * 5 + v;
      const isCrashed = crashed.has(index);
      const usual =
        index % 40 === 7 ? (KINDS[((index / 40) % KINDS.length) | 0] ?? 'off') : 'running';
      const kind = isCrashed ? 'crashed' : usual;
      const sinceMs = isCrashed ? atMs - 5000 : bootedMs(index);
      if (isCrashed) alerts.push(vmDown(host, name, uuid, atMs));
      const seen = [{ host, kind, reason: kind === 'running' ? 'booted' : 'unknown', sinceMs }];
      return { uuid, vm: name, places: [{ host, fromMs: bootedMs(index) }], seen };
    }),
  );
  return {
    ...FIRST_STATE,
    lastTickMs: atMs,
    alerts: { 'vm.rules.yaml;vm-state;VmDown;0': alerts },
    topology: { atMs, hosts: hostStates, vms, written: [] },
  };
}

function vmDown(host: string, vm: string, uuid: string, atMs: number): AlertInstance {
  return {
    labels: labelsFrom({ alertname: 'VmDown', severity: 'critical', host, vm, uuid }),
    annotations: { summary: `VM ${vm} on ${host} is down: crashed` },
    state: 'firing',
    value: 1,
    activeAtMs: atMs,
    firedAtMs: atMs,
  };
}

function digits(index: number): string {
  return String(index).padStart(4, '0');
}

async function allOf(writes: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (let at = 0; at < writes.length; at += WRITES_AT_ONCE)
    await Promise.all(writes.slice(at, at + WRITES_AT_ONCE).map((write) => write()));
}
