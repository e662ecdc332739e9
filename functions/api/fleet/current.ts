import { createHash } from 'node:crypto';
import { decodeState } from '../../../core/alerting/state-encoding.ts';
import type { TickState } from '../../../core/alerting/tick-state.ts';
import type { FleetAlerts, FleetStates } from '../../../core/answers/fleet.ts';
import { APART_AFTER_MS, type HostEntry } from '../../../core/inventory/entry.ts';
import { DAY_MS } from '../../../core/time.ts';
import type { HostState } from '../../../core/topology/topology-state.ts';
import type { AlertmanagerPorts } from '../../alertmanager-api/ports.ts';
import { remembered } from '../../store/remembered.ts';
import { type Quiet, viewAlerts } from '../alert-views.ts';
import type { ApiPorts } from '../ports.ts';
import { alertedVms, fleetAlerts } from './alerts.ts';
import { type FleetSnapshot, snapshotOf } from './snapshot.ts';

export type FleetPorts = Pick<ApiPorts, 'reader' | 'state' | 'rules' | 'externalUrl' | 'nowMs'> & {
  readonly config: AlertmanagerPorts['config'];
  readonly silences: Pick<AlertmanagerPorts['silences'], 'list'>;
  readonly acknowledgements: Pick<AlertmanagerPorts['acknowledgements'], 'list'>;
};

/** The fleet as all who ask within some seconds are told, each part with its version. */
export interface CurrentFleet extends FleetSnapshot {
  readonly asOfMs: number;
  readonly alerts: FleetAlerts;
  readonly versions: { readonly layout: string; readonly states: string; readonly alerts: string };
  /** What a minute of the fleet's chunks costs to read, in units. */
  readonly minuteUnits: number;
  readonly hosts: readonly HostState[];
}

/** Viewers who ask about the same time share one answer. */
const SHARED_MS = 2000;
/** Tags change when somebody sets them; a host that is new is asked for at once. */
const ENTRIES_MS = 5 * 60_000;
const NEW_ENTRIES_MS = 60_000;
/** A silence that somebody has just made shows so much later, at most. */
const QUIET_MS = 8000;
/** Time intervals of routes begin and silences end without anybody's doing. */
const VIEW_MS = 15_000;
/** As ticks have it: a silent host is one for so long. */
const SILENT_MS = 7 * DAY_MS;
/** Of a page of whole minutes 0.5 units for each started 4 KB; an item has some 90 bytes beside its chunk. */
const UNITS_PER_BYTE = 0.5 / 4096;
const ITEM_BYTES = 90;
/** As agents of hosts with a few VMs. */
const USUAL_CHUNK_BYTES = 1000;

/** Reads the fleet for whoever asks. What a poll reads where nothing happened: the head of the evaluator's state. */
export function createCurrentFleet(ports: FleetPorts): () => Promise<CurrentFleet> {
  const quiet = remembered(async (nowMs): Promise<Quiet> => {
    const [silences, acknowledgements] = await Promise.all([
      ports.silences.list(nowMs),
      ports.acknowledgements.list(nowMs),
    ]);
    return { silences, acknowledgements };
  }, QUIET_MS);
  const entriesOf = createEntries(ports);
  let last: { readonly made: CurrentFleet; readonly of: Seen; readonly atMs: number } | undefined;
  let decoded: { readonly revision: number; readonly state: TickState } | undefined;

  const load = async (nowMs: number): Promise<CurrentFleet> => {
    const [stored, said] = await Promise.all([ports.state.read(), quiet(nowMs)]);
    if (decoded?.revision !== stored.revision || stored.revision === 0)
      decoded = { revision: stored.revision, state: decodeState(stored) };
    const { state } = decoded;
    const entries = await entriesOf(state.topology.hosts, nowMs);
    const seen: Seen = [state, said, entries];
    const isSame = last?.of.every((one, i) => one === seen[i]) === true;
    if (last !== undefined && isSame && nowMs - last.atMs < VIEW_MS) return last.made;
    const made = currentFleet(state, said, entries, ports, nowMs);
    last = { made, of: seen, atMs: nowMs };
    return made;
  };
  const shared = remembered(load, SHARED_MS);
  return () => shared(ports.nowMs());
}

type Seen = readonly [TickState, Quiet, readonly HostEntry[]];

/** What the inventory knows of hosts: read rarely, since all that changes within minutes the state knows. */
function createEntries({ reader }: FleetPorts) {
  let known: { readonly entries: readonly HostEntry[]; readonly names: ReadonlySet<string> } = {
    entries: [],
    names: new Set(),
  };
  let readAtMs = Number.NEGATIVE_INFINITY;
  return async (hosts: readonly HostState[], nowMs: number): Promise<readonly HostEntry[]> => {
    const ageMs = nowMs - readAtMs;
    const isNew = hosts.some(({ host }) => !known.names.has(host));
    if (ageMs < (isNew ? NEW_ENTRIES_MS : ENTRIES_MS)) return known.entries;
    const isApart = hosts.some(({ lastMs }) => nowMs - lastMs >= APART_AFTER_MS);
    const entries = await reader.inventory.hosts(nowMs, isApart ? nowMs - SILENT_MS : undefined);
    readAtMs = nowMs;
    known = { entries, names: new Set(entries.map(({ host }) => host)) };
    return entries;
  };
}

function currentFleet(
  state: TickState,
  quiet: Quiet,
  entries: readonly HostEntry[],
  ports: FleetPorts,
  nowMs: number,
): CurrentFleet {
  const views = viewAlerts(state, quiet, ports, nowMs);
  const { layout, states, uuids } = snapshotOf(state, entries, alertedVms(views));
  const alerts = fleetAlerts(views, layout, uuids);
  const layoutVersion = hashOf([layout, uuids]);
  const bytesOf = new Map(entries.map(({ host, chunkBytes }) => [host, chunkBytes]));
  const bytes = layout.hosts.reduce(
    (sum, host) => sum + (bytesOf.get(host) ?? USUAL_CHUNK_BYTES) + ITEM_BYTES,
    0,
  );
  return {
    asOfMs: state.lastTickMs,
    layout,
    states,
    uuids,
    alerts,
    versions: {
      layout: layoutVersion,
      // Rows are those of the layout.
      states: hashOf([layoutVersion, states satisfies FleetStates]),
      alerts: hashOf([layoutVersion, alerts]),
    },
    minuteUnits: bytes * UNITS_PER_BYTE,
    hosts: state.topology.hosts,
  };
}

/** The same for the same content, in whichever function. */
export function hashOf(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12);
}
