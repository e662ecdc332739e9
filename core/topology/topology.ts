import type { HostSamples } from '../alerting/up.ts';
import { MINUTE_MS } from '../host-minute.ts';
import type { WrittenSample } from '../rules/written-samples.ts';
import { type Labels, labelsFrom, labelsKey, METRIC_NAME } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import { FORGET_MS, stepHosts } from './hosts.ts';
import { type Observations, type ObservedVm, observe } from './observe.ts';
import { isDuplicate, stepPlaces } from './placement.ts';
import { foldSighting, hasVm, packSighting, type Sighting, unpackSighting } from './sighting.ts';
import type { HostState, TopologyState, VmState } from './topology-state.ts';
import { vmConditions } from './vm-condition.ts';

/**
 * What is where, and how it is: hosts that are dark, stopped or in maintenance, and VMs, each known
 * by its UUID wherever it runs. Rules judge `host_condition` and `vm_condition`, which this makes.
 */

export interface TopologyInput {
  /** The window as it was received: not seen by placement. */
  readonly series: readonly Series[];
  readonly hosts: readonly HostSamples[];
  readonly isMaintained: (host: string) => boolean;
  readonly nowMs: number;
}

export interface TopologyStep {
  readonly state: TopologyState;
  /** Samples at `nowMs`; those of before that hold no more are ended. */
  readonly series: readonly WrittenSample[];
}

/**
 * VMs remembered: those of 5,000 hosts with 20 each. A record takes some 27 bytes once deflated, or
 * 210 before. Beyond it those go that the window itself tells of: heard just now, and nothing the
 * matter with them.
 */
const MAX_VMS = 100_000;
/** What another host said of a VM, or a VM that is gone and missed by nobody, is kept for late batches. */
const KEEP_PAST_MS = 2 * 60 * MINUTE_MS;
/** Its samples may be on their way; after that it is late. */
const LATE_AFTER_MS = 2 * MINUTE_MS;

/**
 * One step in time. Pure, and the same outcome in whatever order the samples of hosts come, once they
 * are all there.
 */
export function stepTopology(before: TopologyState, input: TopologyInput): TopologyStep {
  const { nowMs } = input;
  const observed = observe(input.series);
  const hosts = stepHosts(before.hosts, input.hosts, observed.hosts, input.isMaintained, nowMs);
  const written: Labels[] = [...hosts.values()].flatMap(hostSeries);
  const lateHosts = [...hosts.values()].filter(
    ({ libvirtUpMs }) => libvirtUpMs !== undefined && libvirtUpMs < nowMs - LATE_AFTER_MS,
  );
  const vms: VmState[] = [];
  for (const vm of steppedVms(before, observed, hosts)) {
    const place = vm.places.at(-1);
    const here = place && vm.seen.get(place.host);
    if (place === undefined || here === undefined) continue;
    const conditions = vmConditions({
      here,
      host: hosts.get(place.host),
      isDuplicate: isDuplicate(here, vm.seen.values()),
      lateHosts,
      nowMs,
    });
    if (isForgotten(here, hosts, conditions.length > 0, nowMs)) continue;
    for (const condition of conditions) {
      const labels = { host: place.host, vm: vm.vm, uuid: vm.uuid, condition };
      written.push(labelsFrom({ ...labels, [METRIC_NAME]: 'vm_condition' }));
    }
    vms.push(packed(vm, place.host, hosts, nowMs));
  }
  const state: TopologyState = {
    atMs: nowMs,
    hosts: [...hosts.values()],
    vms: vms.length > MAX_VMS ? longestUnheard(vms, hosts) : vms,
    written: written.map((labels) => [...labels]),
  };
  return { state, series: [...written.map(one), ...ended(before.written, written)] };
}

interface Vm extends Omit<VmState, 'seen'> {
  readonly seen: ReadonlyMap<string, Sighting>;
}

/** Every VM with all that is known of it now. */
function* steppedVms(
  before: TopologyState,
  observed: Observations,
  hosts: ReadonlyMap<string, HostState>,
): Generator<Vm> {
  const hostsBefore = new Map(before.hosts.map((host) => [host.host, host]));
  const known = new Set<string>();
  for (const vm of before.vms) {
    known.add(vm.uuid);
    const sightings = vm.seen.map((one) => unpackSighting(one, hostsBefore.get(one.host)));
    const seen = new Map(sightings.map((one) => [one.host, one]));
    const stepped = stepVm(vm, seen, observed.vms.get(vm.uuid) ?? NOTHING, observed, hosts);
    if (stepped !== undefined) yield stepped;
  }
  for (const [uuid, byHost] of observed.vms) {
    if (known.has(uuid)) continue;
    const stepped = stepVm({ uuid, vm: '' }, new Map(), byHost, observed, hosts);
    if (stepped !== undefined) yield stepped;
  }
}

const NOTHING: ReadonlyMap<string, ObservedVm> = new Map();
const NO_RUNS: ObservedVm = { vm: undefined, runs: [] };

function stepVm(
  before: Pick<VmState, 'uuid' | 'vm'> & Partial<VmState>,
  known: ReadonlyMap<string, Sighting>,
  byHost: ReadonlyMap<string, ObservedVm>,
  observed: Observations,
  hosts: ReadonlyMap<string, HostState>,
): Vm | undefined {
  const seen = new Map<string, Sighting>();
  for (const host of new Set([...known.keys(), ...byHost.keys()])) {
    const folded = foldSighting(host, known.get(host), byHost.get(host) ?? NO_RUNS);
    if (folded !== undefined) seen.set(host, withMissed(folded, observed, hosts.get(host)));
  }
  const places = stepPlaces(before.places, seen, hosts);
  if (places === undefined) return undefined;
  const vm = byHost.get(places.at(-1)?.host ?? '')?.vm ?? before.vm;
  return { uuid: before.uuid, vm, places, seen };
}

/** Notes that libvirt has answered without the VM, and nobody saw it end. */
function withMissed(
  sighting: Sighting,
  { hosts: observed }: Observations,
  host: HostState | undefined,
): Sighting {
  const { lastMs, goneMs, missedMs } = sighting;
  if (goneMs !== undefined || lastMs >= (host?.libvirtUpMs ?? 0)) return sighting;
  const answers = observed.get(sighting.host)?.libvirtUp ?? [];
  const firstMs = answers.find((atMs) => atMs > lastMs) ?? host?.libvirtUpMs ?? lastMs;
  return { ...sighting, missedMs: Math.min(firstMs, missedMs ?? firstMs) };
}

function isForgotten(
  here: Sighting,
  hosts: ReadonlyMap<string, HostState>,
  isNoteworthy: boolean,
  nowMs: number,
): boolean {
  const unheardMs = nowMs - here.lastMs;
  if (!hosts.has(here.host) && unheardMs >= KEEP_PAST_MS) return true;
  return unheardMs >= FORGET_MS || (!hasVm(here) && !isNoteworthy && unheardMs >= KEEP_PAST_MS);
}

function packed(
  { uuid, vm, places, seen }: Vm,
  placedOn: string,
  hosts: ReadonlyMap<string, HostState>,
  nowMs: number,
): VmState {
  const kept = [...seen.values()].filter(
    ({ host, lastMs }) => host === placedOn || nowMs - lastMs < KEEP_PAST_MS,
  );
  return {
    uuid,
    vm,
    // When it came is of interest while the window may show the place before.
    places: places.filter(
      (_, i) => i === places.length - 1 || nowMs - (places[i + 1]?.fromMs ?? 0) < FORGET_MS,
    ),
    seen: kept.map((sighting) => packSighting(sighting, hosts.get(sighting.host))),
  };
}

function longestUnheard(vms: readonly VmState[], hosts: ReadonlyMap<string, HostState>): VmState[] {
  const heardMs = ({ seen }: VmState) =>
    Math.max(...seen.map((one) => unpackSighting(one, hosts.get(one.host)).lastMs));
  const isQuiet = ({ seen, places }: VmState) =>
    places.length === 1 && seen.every(({ kind }) => kind === 'running');
  const ranked = vms.map((vm) => ({ vm, rank: isQuiet(vm) ? heardMs(vm) : 0 }));
  ranked.sort((a, b) => a.rank - b.rank);
  return ranked.slice(0, MAX_VMS).map(({ vm }) => vm);
}

function hostSeries({ host, condition }: HostState): Labels[] {
  if (condition === 'up') return [];
  return [labelsFrom({ host, condition, [METRIC_NAME]: 'host_condition' })];
}

function one(labels: Labels): WrittenSample {
  return { labels, value: 1 };
}

function ended(before: readonly Labels[], now: readonly Labels[]): WrittenSample[] {
  const present = new Set(now.map(labelsKey));
  return before
    .filter((labels) => !present.has(labelsKey(labels)))
    .map((labels) => ({ labels, value: 'stale' }));
}
