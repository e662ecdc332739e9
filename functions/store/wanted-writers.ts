import { metricNamed } from '../../core/catalogue/catalogue.ts';
import { type HostEntry, INVENTORY_LAG_MS } from '../../core/inventory/entry.ts';
import type { Matcher } from '../../core/promql/source.ts';
import { isVmMetric, VM_LABEL } from '../../core/rollup/vm-history.ts';
import { METRIC_NAME } from '../../core/series/labels.ts';
import { DAY_MS } from '../../core/time.ts';
import type { SenderEntry } from './inventory.ts';
import type { Selection } from './selection.ts';

/** Who there is; each half is asked for only if the selectors need it. */
export interface Reporters {
  /** Hosts that report; with a time all that did so since then, and maybe more. */
  readonly hosts: (sinceMs?: number) => Promise<readonly HostEntry[]>;
  /** `isFresh`: what is new shows at once. */
  readonly senders: (isFresh?: boolean) => Promise<readonly SenderEntry[]>;
}

/** An agent may bring what it could not post for a day after its host was last seen. */
const LATE_MS = DAY_MS + INVENTORY_LAG_MS;
/** Or for a week before it was first seen. */
const EARLY_MS = 7 * DAY_MS + INVENTORY_LAG_MS;

/** The hosts that may have reported anything within a time. */
export async function hostsWithin(
  { fromMs, toMs }: Pick<Selection, 'fromMs' | 'toMs'>,
  reporters: Reporters,
): Promise<readonly HostEntry[]> {
  const hosts = await reporters.hosts(fromMs - LATE_MS);
  return hosts.filter((host) => {
    const lived = livedWithin(host);
    return lived.toMs >= fromMs && lived.fromMs <= toMs;
  });
}

/** When there may be anything of a host. */
export function livedWithin({ firstSeenMs, lastSeenMs }: HostEntry): {
  fromMs: number;
  toMs: number;
} {
  return { fromMs: firstSeenMs - EARLY_MS, toMs: lastSeenMs + LATE_MS };
}

/**
 * The hosts whose chunks may hold such series. Every series of a host has its name as label `host`,
 * so a condition on it is one on the chunk; one on `vm` or `uuid` is answered by the inventory.
 */
export async function wantedHosts(
  selection: Selection,
  reporters: Reporters,
): Promise<'all' | readonly string[]> {
  const { matchers, fromMs } = selection;
  const names = matchers.filter(({ name }) => name === METRIC_NAME);
  if (names.some(({ op, value }) => op === '=' && isMadeByRules(value))) return [];
  const ofHost = matchers.filter(({ name }) => name === 'host');
  const equal = ofHost.find(({ op }) => op === '=');
  if (equal !== undefined) {
    const { value } = equal;
    return value !== '' && ofHost.every(({ matches }) => matches(value)) ? [value] : [];
  }
  const ofVm = matchers.filter(
    ({ name, matches }) => (name === 'vm' || name === 'uuid') && !matches(''),
  );
  if (ofHost.length === 0 && ofVm.length === 0) return 'all';
  const hosts = await hostsWithin(selection, reporters);
  return hosts
    .filter(
      ({ host, vms }) =>
        ofHost.every(({ matches }) => matches(host)) &&
        (ofVm.length === 0 ||
          vms.some(
            (vm) =>
              vm.lastSeenMs + LATE_MS >= fromMs &&
              ofVm.every(({ name, matches }) => matches(name === 'vm' ? vm.name : vm.uuid)),
          )),
    )
    .map(({ host }) => host);
}

/** Names no agent uses: of alerts, and with the colon that marks recorded series by convention. */
function isMadeByRules(name: string): boolean {
  return name === 'ALERTS' || name === 'ALERTS_FOR_STATE' || name.includes(':');
}

export async function wantedSenders(
  { matchers, fromMs }: Selection,
  reporters: Reporters,
): Promise<readonly string[]> {
  const ofName = matchers.filter(({ name }) => name === METRIC_NAME);
  // A new metric of a rule or a sender is one that agents do not have: who asks for theirs does not wait for it.
  const name = ofName.find(({ op }) => op === '=')?.value;
  const mayBeNew = name !== undefined && name !== 'up' && metricNamed(name) === undefined;
  const senders = await reporters.senders(mayBeNew);
  return senders
    .filter(
      ({ names, lastSeenMs }) =>
        lastSeenMs + LATE_MS >= fromMs &&
        (names === undefined || names.some((name) => ofName.every(({ matches }) => matches(name)))),
    )
    .map(({ sender }) => sender);
}

/** Can hosts' histories hold such series, and VMs' histories? Those of VMs are kept by VM. */
export function wantedHistories({ matchers }: Selection): { ofHosts: boolean; ofVms: boolean } {
  const name = matchers.find(({ name, op }) => name === METRIC_NAME && op === '=')?.value;
  if (name !== undefined && isMadeByRules(name)) return { ofHosts: false, ofVms: false };
  if (name !== undefined && !isVmMetric(name)) return { ofHosts: true, ofVms: false };
  const uuids = matchers.filter(({ name }) => name === VM_LABEL);
  const isOurs = name !== undefined && metricNamed(name) !== undefined;
  // Without a name it may be any metric, also one of a host's filesystem with a UUID.
  const ofHosts = name === undefined || (!isOurs && uuids.every(({ matches }) => matches('')));
  return { ofHosts, ofVms: true };
}

/** The VMs (their UUIDs) of such series. */
export async function wantedVms(
  selection: Selection,
  reporters: Reporters,
): Promise<readonly string[]> {
  const { matchers, fromMs } = selection;
  const of = (label: string): Matcher[] => matchers.filter(({ name }) => name === label);
  const equal = of(VM_LABEL).find(({ op }) => op === '=');
  if (equal !== undefined) {
    const isWanted =
      equal.value !== '' && of(VM_LABEL).every(({ matches }) => matches(equal.value));
    return isWanted ? [equal.value] : [];
  }
  const hosts = await hostsWithin(selection, reporters);
  const uuids = hosts
    .filter(({ host }) => of('host').every(({ matches }) => matches(host)))
    .flatMap(({ vms }) => vms)
    .filter(
      ({ uuid, name, lastSeenMs }) =>
        uuid !== '' &&
        lastSeenMs + LATE_MS >= fromMs &&
        of(VM_LABEL).every(({ matches }) => matches(uuid)) &&
        of('vm').every(({ matches }) => matches(name)),
    )
    .map(({ uuid }) => uuid);
  return [...new Set(uuids)];
}
