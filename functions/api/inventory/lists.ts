import { decodeState } from '../../../core/alerting/state-encoding.ts';
import type { TickState } from '../../../core/alerting/tick-state.ts';
import type { HostEntry } from '../../../core/inventory/entry.ts';
import { HOST_VIEW_STATES, VM_VIEW_STATES } from '../../../core/inventory/view-states.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { DAY_MS, isoTime } from '../../../core/time.ts';
import { jsonList } from '../json.ts';
import type { ApiPorts } from '../ports.ts';
import { type ApiData, type ApiError, badParameter } from '../reply.ts';
import { fitsAny, fitsTags, type ListFilter, page, readFilter } from './filter.ts';
import { type HostView, hostViews } from './host-views.ts';
import { hostAt, type VmView, vmViews } from './vm-views.ts';

type Answer = Result<ApiData, ApiError>;

/** A host that is silent is one for so long; then it is gone. As ticks have it. */
const SILENT_MS = 7 * DAY_MS;

/** `/api/v1/hosts`. */
export async function listHosts(params: URLSearchParams, ports: ApiPorts): Promise<Answer> {
  const filter = readFilter(params, HOST_VIEW_STATES);
  if (!filter.ok) return filter;
  const { names, tags, atMs } = filter.value;
  const known = await readAll(ports, filter.value, false);
  const { topology } = known.state;
  const views = hostViews(known.entries, topology, vmViews(known.entries, topology));
  const wanted = views.filter(
    (view) =>
      (atMs === undefined
        ? fitsState(filter.value, view.state)
        : view.firstSeenMs <= atMs && atMs <= view.lastSeenMs) &&
      fitsAny(names, [view.host]) &&
      fitsTags(tags, view.tags),
  );
  const toJson = (view: HostView) => hostJson(view, atMs === undefined);
  return answer('hosts', known.state, wanted, ({ host }) => host, toJson, filter.value);
}

/** `/api/v1/vms`. */
export async function listVms(params: URLSearchParams, ports: ApiPorts): Promise<Answer> {
  const filter = readFilter(params, VM_VIEW_STATES);
  if (!filter.ok) return filter;
  const history = params.get('history') ?? '';
  if (!['', 'true', 'false'].includes(history))
    return err(badParameter('history', `${JSON.stringify(history)} is not true or false`));
  const withHistory = history === 'true';
  const { names, hosts, tags, atMs } = filter.value;
  const known = await readAll(ports, filter.value, withHistory);
  const views = vmViews(known.entries, known.state.topology);
  const wanted = views.flatMap((view): VmView[] => {
    if (!fitsAny(names, [view.name, view.uuid, ...view.formerNames])) return [];
    if (!fitsTags(tags, view.tags)) return [];
    if (atMs === undefined) {
      if (!withHistory && !fitsState(filter.value, view.state)) return [];
      return fitsAny(hosts, view.host === undefined ? [] : [view.host]) ? [view] : [];
    }
    const host = hostAt(view, atMs);
    return host !== undefined && fitsAny(hosts, [host]) ? [{ ...view, host }] : [];
  });
  const toJson = (view: VmView) => vmJson(view, atMs === undefined, withHistory);
  return answer('vms', known.state, wanted, (vm) => `${vm.name}/${vm.uuid}`, toJson, filter.value);
}

async function readAll(
  { state, reader, nowMs }: ApiPorts,
  { atMs, states }: ListFilter,
  withHistory: boolean,
): Promise<{ readonly state: TickState; readonly entries: readonly HostEntry[] }> {
  const now = nowMs();
  const { rawMs, minuteMs, hourMs } = reader.retention;
  const wantsAll = withHistory || states.includes('gone');
  const sinceMs = wantsAll
    ? now - Math.max(rawMs, minuteMs, hourMs)
    : Math.min(now - SILENT_MS, atMs ?? now);
  const [stored, entries] = await Promise.all([state.read(), reader.inventory.hosts(now, sinceMs)]);
  return { state: decodeState(stored), entries };
}

function fitsState({ states }: ListFilter, state: string): boolean {
  return states.length === 0 ? state !== 'gone' : states.includes(state);
}

function answer<T>(
  what: string,
  { lastTickMs }: TickState,
  wanted: readonly T[],
  keyOf: (one: T) => string,
  toJson: (one: T) => object,
  filter: ListFilter,
): Answer {
  const { some, next } = page(wanted, keyOf, filter);
  const json = jsonList(some, (one) => JSON.stringify(toJson(one)));
  const asOf = lastTickMs === 0 ? null : isoTime(lastTickMs);
  const more = next === undefined ? '' : `,"next":${JSON.stringify(next)}`;
  return ok({
    json: `{"asOf":${JSON.stringify(asOf)},"total":${wanted.length},"${what}":${json}${more}}`,
  });
}

/** Of another time than now nobody knows the state, nor which VMs ran. */
function hostJson(view: HostView, isNow: boolean): object {
  const { firstSeenMs, lastSeenMs, silentSinceMs, state, vms, ...rest } = view;
  return {
    ...rest,
    ...(isNow ? { state, vms } : {}),
    ...(isNow && silentSinceMs !== undefined ? { silentSince: isoTime(silentSinceMs) } : {}),
    firstSeen: isoTime(firstSeenMs),
    lastSeen: isoTime(lastSeenMs),
  };
}

/** Of another time than now nobody knows the state. */
function vmJson(view: VmView, isNow: boolean, withHistory: boolean): object {
  const { firstSeenMs, lastSeenMs, state, stateSinceMs, alsoOn, placements, ...rest } = view;
  return {
    ...rest,
    ...(isNow ? { state, alsoOn } : {}),
    ...(isNow && stateSinceMs !== undefined ? { stateSince: isoTime(stateSinceMs) } : {}),
    firstSeen: isoTime(firstSeenMs),
    lastSeen: isoTime(lastSeenMs),
    ...(withHistory
      ? {
          placements: placements.map(({ host, fromMs, toMs }) => ({
            host,
            from: isoTime(fromMs),
            ...(toMs === undefined ? {} : { to: isoTime(toMs) }),
          })),
        }
      : {}),
  };
}
