import { DEFAULT_EVALUATION, evaluateGroups } from '../../core/alerting/evaluate-groups.ts';
import { notify } from '../../core/alerting/notify.ts';
import { decodeState, type EncodedState, encodeState } from '../../core/alerting/state-encoding.ts';
import { type TickInput, tick } from '../../core/alerting/tick.ts';
import { FIRST_STATE, type TickState } from '../../core/alerting/tick-state.ts';
import { upSeries } from '../../core/alerting/up.ts';
import { createMemorySource } from '../../core/promql/memory-source.ts';
import { stepTopology } from '../../core/topology/topology.ts';
import { viewByPlacement } from '../../core/topology/view.ts';
import { fleetAtRest } from './fleet-at-rest.ts';
import { notifySettings, type Shipped } from './our-side.ts';
import { WORLD_START_MS } from './world.ts';

const VMS_PER_HOST = 10;
const FLEETS = [10, 100, 1000];
/** A small fleet's tick is short, and fast only once the engine has compiled it. */
const roundsOf = (hosts: number): number => (hosts > 100 ? 10 : 60);

/** What a tick takes and the state it leaves, for fleets in which all is well; prints tables. */
export function measureTicks(shipped: Shipped): void {
  const rows: Record<string, Record<string, string | number>> = {};
  for (const hosts of FLEETS) rows[`${hosts} hosts`] = measure(hosts, shipped);
  console.log(
    `A tick over fleets at rest, ${VMS_PER_HOST} VMs on each host, medians; the window is in memory. ` +
      'In brackets: in relation to the rules themselves.',
  );
  console.table(rows);
}

function measure(hosts: number, shipped: Shipped): Record<string, string | number> {
  const window = fleetAtRest(hosts, VMS_PER_HOST, WORLD_START_MS, shipped.keepMs);
  const input = (state: TickState, nowMs: number): TickInput => ({
    groups: shipped.groups,
    windowMs: shipped.windowMs,
    window,
    state,
    nowMs,
    notify: notifySettings(shipped, true),
  });
  let state = FIRST_STATE;
  let stored: EncodedState = { bytes: undefined, segments: [] };
  const took = new Map<string, number[]>();
  const timed = <T>(part: string, work: () => T): T => {
    const begunMs = performance.now();
    const result = work();
    took.set(part, [...(took.get(part) ?? []), performance.now() - begunMs]);
    return result;
  };
  for (let round = 0; round < roundsOf(hosts); round++) {
    // The window is of one moment; a millisecond later is another tick.
    const now = input(state, WORLD_START_MS + round);
    // Whichever comes second finds everything in the processor's cache.
    if (round % 2 === 0) timeParts(now, timed);
    state = timed('tick', () => tick(now)).state;
    if (round % 2 === 1) timeParts(now, timed);
    const before = stored;
    stored = timed('encode', () => encodeState(state, before));
    const after = stored;
    timed('decode', () => decodeState(after));
  }
  const firing = Object.values(state.alerts).flat().length;
  if (firing !== 1) throw new Error(`${firing} alerts in a fleet at rest, not the watchdog alone`);
  const rulesMs = median(took.get('rules'));
  const cell = (part: string) => {
    const ms = median(took.get(part));
    return `${ms.toFixed(1)} (${(ms / rulesMs).toFixed(2)})`;
  };
  return {
    series: window.series.length,
    'tick, ms': median(took.get('tick')).toFixed(1),
    'rules, ms': rulesMs.toFixed(1),
    topology: cell('topology'),
    source: cell('source'),
    dispatch: cell('dispatch'),
    'encode state': cell('encode'),
    'decode state': cell('decode'),
    'state, bytes': stored.segments.reduce((sum, { length }) => sum + length, 0),
    'its head': stored.bytes?.length ?? 0,
  };
}

/** The parts of a tick, each by itself. */
function timeParts(
  { groups, window, windowMs, state, nowMs, notify: settings }: TickInput,
  timed: <T>(part: string, work: () => T) => T,
): void {
  const topology = timed('topology', () =>
    stepTopology(state.topology, {
      series: window.series,
      hosts: window.hosts,
      isMaintained: () => false,
      nowMs,
    }),
  );
  const source = timed('source', () =>
    createMemorySource([
      ...viewByPlacement(window.series, topology.state),
      ...window.hosts.map((host) => upSeries(host, nowMs - windowMs, nowMs)),
    ]),
  );
  const { alerts } = timed('rules', () =>
    evaluateGroups(groups, state, nowMs, source, DEFAULT_EVALUATION),
  );
  if (settings === undefined) throw new Error('a tick that tells nobody');
  timed('dispatch', () => notify(groups, state, alerts, settings, nowMs));
}

function median(all: readonly number[] = []): number {
  return all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
}
