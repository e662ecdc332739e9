import { compareStrings, type Labels, labelsKey } from '../series/labels.ts';
import type { AlertInstance } from './alert-state.ts';
import { type HostRecord, unpackHost } from './host-record.ts';
import { heardMinutes, type StateClock } from './state-clock.ts';
import type { StateRecord } from './state-records.ts';
import type { TickState } from './tick-state.ts';

/** The state of all its records, and its clock. Throws where a part is missing. */
export function stateFrom(clock: StateClock, records: Iterable<StateRecord>): TickState {
  const hosts = new Map<string, HostRecord>();
  const vms: TickState['topology']['vms'][number][] = [];
  const written: string[][] = [];
  const alerts = new Map<string, AlertInstance[]>();
  const recorded = new Map<string, Labels[]>();
  const ruleErrors = new Map<string, string>();
  const missing = new Map<string, TickState['missing'][string]>();
  const groups = new Map<string, TickState['groups'][string]>();
  const flapping = new Map<string, TickState['flapping'][string]>();
  const notifications = new Map<string, TickState['outbox'][number]['notification']>();
  for (const one of records) {
    switch (one.kind) {
      case 'host':
        hosts.set(one.host, one.record);
        break;
      case 'vm':
        vms.push(one.vm);
        break;
      case 'condition':
        written.push([...one.labels]);
        break;
      case 'alert':
        push(alerts, one.rule, one.alert);
        break;
      case 'recorded':
        push(recorded, one.rule, one.labels);
        break;
      case 'error':
        ruleErrors.set(one.rule, one.message);
        break;
      case 'missing':
        missing.set(one.host, one.missing);
        break;
      case 'group':
        groups.set(one.key, one.group);
        break;
      case 'flapping':
        flapping.set(one.id, one.history);
        break;
      case 'notification':
        notifications.set(one.notification.id, one.notification);
        break;
    }
  }
  // Those that are new were noted last; rules have them in this order.
  for (const all of alerts.values())
    all.sort((a, b) => compareStrings(labelsKey(a.labels), labelsKey(b.labels)));
  const minutes = heardMinutes(clock, [...hosts.keys()]);
  return {
    lastTickMs: clock.lastTickMs,
    clockSetBacks: clock.clockSetBacks,
    alerts: Object.fromEntries(alerts),
    recorded: Object.fromEntries(recorded),
    ruleErrors: Object.fromEntries(ruleErrors),
    evaluations: clock.evaluations,
    missing: Object.fromEntries(missing),
    topology: {
      atMs: clock.topologyAtMs,
      hosts: [...hosts].map(([host, record]) => unpackHost(host, record, minutes.get(host) ?? 0)),
      vms,
      written,
    },
    groups: Object.fromEntries(groups),
    flapping: Object.fromEntries(flapping),
    outbox: clock.outbox.map(([id, attempts, notBeforeMs]) => {
      const notification = notifications.get(id);
      if (notification === undefined) throw new Error(`the state's notification ${id} is missing`);
      const remaining = clock.outboxRemaining?.[id];
      return { notification, attempts, notBeforeMs, ...(remaining && { remaining }) };
    }),
  };
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [value]);
  else known.push(value);
}
