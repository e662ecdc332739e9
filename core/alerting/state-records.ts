import * as v from 'valibot';
import { type FlapHistory, flapHistorySchema } from '../alertmanager/flapping.ts';
import { type AlertGroup, alertGroupSchema } from '../alertmanager/group-state.ts';
import type { Notification } from '../alertmanager/notification-types.ts';
import { jsonNumber, notificationSchema } from '../alertmanager/notified-alert-schema.ts';
import type { Labels } from '../series/labels.ts';
import { type VmState, vmRecordSchema } from '../topology/topology-state.ts';
import { alertRecordSchema } from './alert-record.ts';
import type { AlertInstance } from './alert-state.ts';
import { type HostRecord, hostRecordSchema, packHost } from './host-record.ts';
import { type MissingHost, missingHostSchema, type TickState } from './tick-state.ts';

/**
 * The state as records, each of which stays the same from tick to tick while nothing happens to what it is
 * about: so only those that changed need be written. What changes with time itself is in none of them: see
 * `state-clock.ts`.
 *
 * A record's key is JSON of an array, its kind and what tells it from others of that kind; its value is JSON
 * too. So neither holds a line break or a tab.
 */
export type RecordTexts = ReadonlyMap<string, string>;

/** A record as it was read. */
export type StateRecord =
  | { readonly kind: 'host'; readonly host: string; readonly record: HostRecord }
  | { readonly kind: 'vm'; readonly vm: VmState }
  | { readonly kind: 'condition'; readonly labels: Labels }
  | { readonly kind: 'alert'; readonly rule: string; readonly alert: AlertInstance }
  | { readonly kind: 'recorded'; readonly rule: string; readonly labels: Labels }
  | { readonly kind: 'error'; readonly rule: string; readonly message: string }
  | { readonly kind: 'missing'; readonly host: string; readonly missing: MissingHost }
  | { readonly kind: 'group'; readonly key: string; readonly group: AlertGroup }
  | { readonly kind: 'flapping'; readonly id: string; readonly history: FlapHistory }
  | { readonly kind: 'notification'; readonly notification: Notification };

/** The records of a state, each kind in the state's own order. */
export function recordsOf(state: TickState): RecordTexts {
  const records = new Map<string, string>();
  const add = (kind: StateRecord['kind'], ids: readonly string[], text: string): void => {
    let key = JSON.stringify([kind, ...ids]);
    // Two of one name: rules give none such, but nothing may get lost here.
    for (let nth = 1; records.has(key); nth++) key = JSON.stringify([kind, ...ids, nth]);
    records.set(key, text);
  };
  const { topology } = state;
  for (const host of topology.hosts) add('host', [host.host], JSON.stringify(packHost(host)));
  for (const { uuid, ...vm } of topology.vms) add('vm', [uuid], JSON.stringify(vm));
  for (const labels of topology.written) add('condition', labels, '1');
  for (const [rule, alerts] of Object.entries(state.alerts)) {
    for (const { labels, ...alert } of alerts) add('alert', [rule, ...labels], jsonOf(alert));
  }
  for (const [rule, written] of Object.entries(state.recorded)) {
    for (const labels of written) add('recorded', [rule, ...labels], '1');
  }
  for (const [rule, error] of Object.entries(state.ruleErrors))
    add('error', [rule], JSON.stringify(error));
  for (const [host, missing] of Object.entries(state.missing))
    add('missing', [host], JSON.stringify(missing));
  for (const [key, group] of Object.entries(state.groups)) add('group', [key], jsonOf(group));
  for (const [id, history] of Object.entries(state.flapping))
    add('flapping', [id], jsonOf(history));
  for (const { notification } of state.outbox) {
    const { id, ...rest } = notification;
    add('notification', [id], jsonOf(rest));
  }
  return records;
}

/** The replacer makes this slow, so only what may hold odd numbers goes this way. */
function jsonOf(value: object): string {
  return JSON.stringify(value, jsonNumber);
}

const keySchema = v.tupleWithRest([v.string()], v.union([v.string(), v.number()]));
const notificationRecordSchema = v.omit(notificationSchema, ['id']);

/** Reads a record. Throws where it is damaged, or of a kind that is not known here. */
export function readRecord(key: string, text: string): StateRecord {
  const [kind, ...rest] = v.parse(keySchema, JSON.parse(key));
  // A number only tells two of one name apart.
  const ids = rest.filter((id) => typeof id === 'string');
  const [id = '', ...labels] = ids;
  const value: unknown = JSON.parse(text);
  switch (kind) {
    case 'host':
      return { kind, host: id, record: v.parse(hostRecordSchema, value) };
    case 'vm':
      return { kind, vm: { uuid: id, ...v.parse(vmRecordSchema, value) } };
    case 'condition':
      return { kind, labels: ids };
    case 'alert':
      return { kind, rule: id, alert: { labels, ...v.parse(alertRecordSchema, value) } };
    case 'recorded':
      return { kind, rule: id, labels };
    case 'error':
      return { kind, rule: id, message: v.parse(v.string(), value) };
    case 'missing':
      return { kind, host: id, missing: v.parse(missingHostSchema, value) };
    case 'group':
      return { kind, key: id, group: v.parse(alertGroupSchema, value) };
    case 'flapping':
      return { kind, id, history: v.parse(flapHistorySchema, value) };
    case 'notification':
      return { kind, notification: { id, ...v.parse(notificationRecordSchema, value) } };
    default:
      throw new Error(`a record of the state of an unknown kind: ${key}`);
  }
}
