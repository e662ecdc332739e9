import type { NotifiedAlert } from '../alertmanager/notification-types.ts';
import { compareStrings } from '../series/labels.ts';
import { civilTime, isoTime } from '../time.ts';
import { oneLine } from './shorten.ts';

/** The alert's name, or "alert" for one without. */
export function alertName({ labels }: NotifiedAlert): string {
  return labels['alertname'] || 'alert';
}

/** The annotation `summary` in one line; without one, where the alert is. */
export function summaryOf(alert: NotifiedAlert): string {
  return (
    oneLine(alert.annotations['summary'] ?? '') || `${alertName(alert)} ${placeOf(alert)}`.trim()
  );
}

/** "db on web-1", "web-1", or the labels of an alert that has neither VM nor host. */
export function placeOf({ labels }: NotifiedAlert): string {
  const { vm, host, instance } = labels;
  if (vm) return host ? `${vm} on ${host}` : vm;
  return host || instance || labelLine(labels);
}

/** "VM db on host web-1", for a place where there is room. */
export function fullPlaceOf(alert: NotifiedAlert): string {
  const { vm, host } = alert.labels;
  if (vm) return host ? `VM ${vm} on host ${host}` : `VM ${vm}`;
  return host ? `host ${host}` : placeOf(alert) || 'not said';
}

/** `a=1 b=2` without the alert's name. */
export function labelLine(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .filter(([name]) => name !== 'alertname')
    .sort(([a], [b]) => compareStrings(a, b))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

const SEVERITIES = ['critical', 'error', 'warning', 'info', 'none'];

/** The worst severity among alerts; a label that says something else stands for itself. */
export function severityOf(alerts: readonly NotifiedAlert[]): string {
  const found = new Set(alerts.map(({ labels }) => labels['severity'] || 'warning'));
  const [other] = found;
  return SEVERITIES.find((severity) => found.has(severity)) ?? other ?? 'warning';
}

/** Four digits of a value, more where it is a whole number. */
export function valueText(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** "2 d 3 h", "3 min 20 s": the two largest units. */
export function durationText(durationMs: number): string {
  let seconds = Math.max(0, Math.round(durationMs / 1000));
  const parts: string[] = [];
  for (const [unit, size] of DURATION_UNITS) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count > 0 && parts.length < 2) parts.push(`${count} ${unit}`);
  }
  return parts.join(' ') || '0 s';
}

const DURATION_UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** Since when something is wrong: often a while before the alert about it fires. */
export function sinceOf({ startsAtMs, activeAtMs }: NotifiedAlert): number {
  return Math.min(startsAtMs, activeAtMs ?? startsAtMs);
}

/** `2026-01-02 03:04:05 UTC`. */
export function utcTime(timestampMs: number): string {
  return `${isoTime(timestampMs).slice(0, 19).replace('T', ' ')} UTC`;
}

/** `03:04 UTC`, with the date where it is not today's. */
export function utcClock(timestampMs: number, nowMs: number): string {
  const text = isoTime(timestampMs);
  const [then, now] = [civilTime(timestampMs), civilTime(nowMs)];
  const today = then.day === now.day && then.month === now.month && then.year === now.year;
  return today ? `${text.slice(11, 16)} UTC` : `${text.slice(0, 16).replace('T', ' ')} UTC`;
}

/** Letters that stand together in names of alerts. */
const ABBREVIATIONS: Readonly<Record<string, string>> = { Cpu: 'CPU', Vm: 'VM', Io: 'I/O' };

/**
 * Several alerts of one name, counted: "3 VMs down" for `VmDown`, "2 hosts: CPU high" for
 * `HostCpuHigh`, "4x DiskFull" for a name that says nothing of what it is about.
 */
export function countText(name: string, count: number): string {
  const [, noun, rest] = /^(Vm|Host)((?:[A-Z][a-z]+)+)$/.exec(name) ?? [];
  if (noun === undefined || rest === undefined) return `${count}x ${name}`;
  const words = rest.split(/(?=[A-Z])/).map((word) => ABBREVIATIONS[word] ?? word.toLowerCase());
  const nouns = `${noun === 'Vm' ? 'VM' : 'host'}${count === 1 ? '' : 's'}`;
  return `${count} ${nouns}${words.length === 1 ? '' : ':'} ${words.join(' ')}`;
}
