import type { AlertInstance } from '../../core/alerting/alert-state.ts';
import { encodeState } from '../../core/alerting/state-encoding.ts';
import { FIRST_STATE, type TickState } from '../../core/alerting/tick-state.ts';
import { fingerprint } from '../../core/alertmanager/fingerprint.ts';
import type { Notification } from '../../core/alertmanager/notification-types.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { type Series, setStaleAt } from '../../core/series/series.ts';
import { createDeliveryStore, type Delivery } from '../../functions/store/deliveries.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { EVALUATOR_SENDER } from '../../functions/store/item-keys.ts';
import { createStateStore } from '../../functions/store/state.ts';
import type { TestTable } from '../functions/table.ts';
import { NOW_MS, storeSeries, type TestApi } from './fixture.ts';

/** An alert of `test/api/rules`, on a host. */
export function highLoad(host: string): Record<string, string> {
  return { alertname: 'HighLoad', host, severity: 'critical', where: host };
}

export function instance(
  labels: Readonly<Record<string, string>>,
  more: Partial<AlertInstance> = {},
): AlertInstance {
  return {
    labels: labelsFrom(labels),
    annotations: { summary: `Load of ${labels['host']}` },
    state: 'firing',
    value: 8,
    activeAtMs: NOW_MS - 10 * MINUTE_MS,
    firedAtMs: NOW_MS - 8 * MINUTE_MS,
    ...more,
  };
}

export async function putState(api: TestApi, state: Partial<TickState>): Promise<void> {
  const store = createStateStore(api.store.table);
  const whole = { ...FIRST_STATE, lastTickMs: NOW_MS, ...state };
  await store.replace(await store.read(), encodeState(whole));
}

/** A message about alerts that fire, as it was tried. */
export function delivery(
  labels: readonly Readonly<Record<string, string>>[],
  more: Partial<Delivery> = {},
  notification: Partial<Notification> = {},
): Delivery {
  const atMs = more.atMs ?? NOW_MS - 8 * MINUTE_MS + 1000;
  return {
    attempt: 1,
    atMs,
    durationMs: 120,
    result: 'delivered',
    reason: '',
    ...more,
    notification: {
      id: `${NOW_MS - 8 * MINUTE_MS}-0000000000000001`,
      receiver: 'critical',
      integration: 'sns[0]',
      groupKey: '{}/{severity="critical"}:{alertname="HighLoad", severity="critical"}',
      groupLabels: { alertname: 'HighLoad', severity: 'critical' },
      status: 'firing',
      alerts: labels.map((one) => ({
        status: 'firing',
        fingerprint: fingerprint(one),
        labels: one,
        annotations: { summary: 'as it was told' },
        value: 8,
        startsAtMs: NOW_MS - 8 * MINUTE_MS,
        generatorUrl: '',
      })),
      atMs: NOW_MS - 8 * MINUTE_MS,
      repeated: false,
      ...notification,
    },
  };
}

export async function putDelivery(api: TestApi, one: Delivery): Promise<void> {
  await createDeliveryStore(api.store.table).record(one);
}

/** A past alert, in minutes before now: since when active, fired, and over; as the evaluator writes it each minute. */
export interface Past {
  readonly labels: Readonly<Record<string, string>>;
  readonly activeMin: number;
  /** Absent: it never fired. */
  readonly firedMin?: number;
  /** Absent: it goes on. */
  readonly endedMin?: number;
}

/** Stores what ticks would have written of past alerts. */
export async function putPast(
  { table }: Pick<TestTable, 'table'>,
  past: readonly Past[],
  nowMs = NOW_MS,
): Promise<void> {
  const sender = { sender: EVALUATOR_SENDER, firstSeenMs: nowMs, lastSeenMs: nowMs };
  await createInventoryStore(table).putSender(sender, nowMs + 60 * MINUTE_MS);
  const parts = past.flatMap((one) => seriesOfPast(one, nowMs));
  const joined = [...Map.groupBy(parts, ({ labels }) => labels.join())].map(([, of]) =>
    joinedOf(of),
  );
  await storeSeries({ table }, `@${EVALUATOR_SENDER}`, joined, nowMs);
}

export function seriesOfPast(
  { labels, activeMin, firedMin, endedMin }: Past,
  nowMs = NOW_MS,
): Series[] {
  const at = (minutes: number) => nowMs - minutes * MINUTE_MS;
  const sinceS = Math.floor(at(activeMin) / 1000);
  const endMin = endedMin ?? 0;
  const forState = { __name__: 'ALERTS_FOR_STATE', ...labels };
  const alerts = (alertstate: string) => ({ __name__: 'ALERTS', alertstate, ...labels });
  const isOver = endedMin !== undefined;
  return [
    written(forState, activeMin, endMin, sinceS, isOver),
    ...(firedMin === undefined
      ? [written(alerts('pending'), activeMin, endMin, 1, isOver)]
      : [
          ...(firedMin < activeMin
            ? [written(alerts('pending'), activeMin, firedMin, 1, true)]
            : []),
          written(alerts('firing'), firedMin, endMin, 1, isOver),
        ]),
  ].filter(({ timestamps }) => timestamps.length > 0);

  /** A sample a minute up to the end, where a series that is over has its staleness marker. */
  function written(
    names: Readonly<Record<string, string>>,
    from: number,
    to: number,
    value: number,
    ends: boolean,
  ): Series {
    const timestamps = Float64Array.from({ length: from - to + 1 }, (_, i) => at(from - i));
    const values = new Float64Array(timestamps.length).fill(value);
    if (ends) setStaleAt(values, values.length - 1);
    return { labels: labelsFrom(names), timestamps, values };
  }
}

function joinedOf(parts: readonly Series[]): Series {
  const points = parts
    .flatMap(({ timestamps, values }) => Array.from(timestamps, (at, i) => ({ at, values, i })))
    .sort((a, b) => a.at - b.at);
  const values = new Float64Array(points.length);
  points.forEach((point, i) => {
    values.set(point.values.subarray(point.i, point.i + 1), i);
  });
  return {
    labels: parts[0]?.labels ?? [],
    timestamps: Float64Array.from(points, ({ at }) => at),
    values,
  };
}
