import { FOR_PROGRAMS } from '../../../core/alerting/severity.ts';
import {
  type AlertMark,
  FLEET_ALERTS_MAX,
  FLEET_SEVERITIES,
  type FleetAlert,
  type FleetAlerts,
  type FleetLayout,
  type FleetSeverity,
} from '../../../core/answers/fleet.ts';
import { compareStrings } from '../../../core/series/labels.ts';
import type { AlertView } from '../../alertmanager-api/ports.ts';

/** How many fire for each host and VM of a layout, and the worst of them; `uuids` are of its VMs. A VM's are not counted as its host's. */
export function fleetAlerts(
  all: readonly AlertView[],
  { hosts, vms, vmCounts }: FleetLayout,
  uuids: readonly string[],
): FleetAlerts {
  const views = all.filter(({ labels }) => labels['severity'] !== FOR_PROGRAMS);
  const counts = { critical: 0, warning: 0, info: 0, muted: 0 };
  const hostIndex = new Map(hosts.map((host, i) => [host, i]));
  const vmIndex = new Map(uuids.map((uuid, i) => [uuid, i]));
  // Alerts of some rules name a VM but not its UUID.
  const byName = new Map<string, number>();
  let at = 0;
  vmCounts.forEach((count, host) => {
    for (const end = at + count; at < end; at++) byName.set(`${hosts[host]}\n${vms[at]}`, at);
  });
  const hostMarks = new Map<number, Mark>();
  const vmMarks = new Map<number, Mark>();
  for (const view of views) {
    const { host = '', vm = '', uuid = '' } = view.labels;
    const severity = severityOf(view);
    const isMuted = view.state === 'suppressed';
    counts[isMuted ? 'muted' : severity]++;
    const ofVm = vmIndex.get(uuid) ?? byName.get(`${host}\n${vm}`);
    const ofHost = hostIndex.get(host);
    if (ofVm !== undefined) mark(vmMarks, ofVm, severity, isMuted);
    else if (ofHost !== undefined) mark(hostMarks, ofHost, severity, isMuted);
  }
  const top = views
    .toSorted(
      (a, b) =>
        Number(a.state === 'suppressed') - Number(b.state === 'suppressed') ||
        FLEET_SEVERITIES.indexOf(severityOf(a)) - FLEET_SEVERITIES.indexOf(severityOf(b)) ||
        b.startsAtMs - a.startsAtMs ||
        compareStrings(a.fingerprint, b.fingerprint),
    )
    .slice(0, FLEET_ALERTS_MAX)
    .map(topAlert);
  return { counts, hosts: rows(hostMarks), vms: rows(vmMarks), top };
}

/** UUIDs of VMs that alerts tell of. */
export function alertedVms(views: readonly AlertView[]): Set<string> {
  return new Set(views.flatMap(({ labels: { uuid = '' } }) => (uuid === '' ? [] : [uuid])));
}

interface Mark {
  told: number;
  worst: number;
  muted: number;
}

function mark(
  marks: Map<number, Mark>,
  index: number,
  severity: FleetSeverity,
  isMuted: boolean,
): void {
  const one = marks.get(index) ?? { told: 0, worst: -1, muted: 0 };
  marks.set(index, one);
  if (isMuted) {
    one.muted++;
    return;
  }
  one.told++;
  const rank = FLEET_SEVERITIES.indexOf(severity);
  one.worst = one.worst < 0 ? rank : Math.min(one.worst, rank);
}

function rows(marks: ReadonlyMap<number, Mark>): AlertMark[] {
  return [...marks]
    .sort(([a], [b]) => a - b)
    .map(([index, { told, worst, muted }]) => [index, told, worst, muted]);
}

function severityOf({ labels }: Pick<AlertView, 'labels'>): FleetSeverity {
  return FLEET_SEVERITIES.find((one) => one === labels['severity']) ?? 'info';
}

function topAlert(view: AlertView): FleetAlert {
  const { fingerprint, labels, annotations, startsAtMs, noDataSinceMs } = view;
  const { alertname = '', host, vm, uuid } = labels;
  return {
    fingerprint,
    name: alertname,
    severity: severityOf(view),
    summary: annotations['summary'] ?? annotations['description'] ?? alertname,
    sinceMs: startsAtMs,
    ...(host === undefined ? {} : { host }),
    ...(vm === undefined ? {} : { vm }),
    ...(uuid === undefined ? {} : { uuid }),
    ...(view.state === 'suppressed' ? { isMuted: true } : {}),
    ...(view.acknowledgement === undefined ? {} : { isAcknowledged: true }),
    ...(noDataSinceMs === undefined ? {} : { noDataSinceMs }),
  };
}
