import type { OutboxEntry } from '../../../core/alerting/outbox.ts';
import type { Notification } from '../../../core/alertmanager/notification-types.ts';
import type { ExplainedDelivery } from '../../../core/answers/explain.ts';
import type { Delivery } from '../../store/deliveries.ts';
import type { ExplainPorts } from './ports.ts';
import { integrationsOf } from './targets.ts';

/** Attempts looked through, some 500 bytes each: 125 read units. */
const LOOK_THROUGH = 1000;
/** Who is told first is told within this time; what is said later is looked for from the end. */
const FIRST_MS = 6 * 3_600_000;
/** The end of an alert is told by then; and what was tried in vain is given up. */
const AFTER_MS = 6 * 3_600_000;
const MAX_DELIVERIES = 200;

interface Told {
  /** The newest first. */
  readonly deliveries: readonly ExplainedDelivery[];
  readonly isCut: boolean;
}

/** Who was told of one firing of an alert. */
export async function toldOf(
  ports: ExplainPorts,
  id: string,
  { fromMs, endedAtMs }: { readonly fromMs: number; readonly endedAtMs: number | undefined },
  outbox: readonly OutboxEntry[],
): Promise<Told> {
  const nowMs = ports.nowMs();
  const toMs = endedAtMs === undefined ? nowMs : Math.min(nowMs, endedAtMs + AFTER_MS);
  const newest = await list(ports, fromMs, toMs, nowMs);
  const oldestMs = newest.at(-1)?.atMs ?? toMs;
  const isCut = newest.length >= LOOK_THROUGH && oldestMs > fromMs;
  const firstToMs = Math.min(fromMs + FIRST_MS, oldestMs - 1);
  const first = isCut && firstToMs > fromMs ? await list(ports, fromMs, firstToMs, nowMs) : [];
  const attempts = [...newest, ...first].filter(({ notification }) => mentions(notification, id));
  const byMessage = Map.groupBy(attempts, ({ notification }) => notification.id);
  const waiting = outbox
    .filter((entry) => mentions(entry.notification, id))
    .map((entry) => waitingDelivery(entry, byMessage.get(entry.notification.id) ?? [], id, ports));
  const waits = new Set(waiting.map(({ notificationId }) => notificationId));
  const done = [...byMessage]
    .filter(([message]) => !waits.has(message))
    .map(([, tried]) => explained(tried, id, ports));
  const all = [...waiting, ...done.filter((one) => one !== undefined)];
  return {
    deliveries: all.sort((a, b) => b.decidedAtMs - a.decidedAtMs).slice(0, MAX_DELIVERIES),
    isCut: isCut || all.length > MAX_DELIVERIES,
  };
}

function list({ deliveries }: ExplainPorts, fromMs: number, toMs: number, nowMs: number) {
  return deliveries.list({ fromMs, toMs, limit: LOOK_THROUGH }, nowMs);
}

function mentions({ alerts }: Notification, id: string): boolean {
  return alerts.some((alert) => alert.fingerprint === id);
}

/** `tried`: the attempts of one message, the newest first. */
function explained(
  tried: readonly Delivery[],
  id: string,
  ports: ExplainPorts,
): ExplainedDelivery | undefined {
  const [last] = tried;
  if (last === undefined) return undefined;
  const { notification, result, atMs, reason, attempt } = last;
  return {
    ...said(notification, id, ports),
    result: result === 'delivered' ? 'accepted' : result,
    endedAtMs: atMs,
    tries: attempt,
    reason,
  };
}

function waitingDelivery(
  { notification, attempts }: OutboxEntry,
  [last]: readonly Delivery[],
  id: string,
  ports: ExplainPorts,
): ExplainedDelivery {
  return {
    ...said(notification, id, ports),
    result: 'waiting',
    ...(last === undefined ? {} : { endedAtMs: last.atMs }),
    tries: attempts,
    reason: last?.reason ?? '',
  };
}

function said(notification: Notification, id: string, { config }: ExplainPorts) {
  const { receiver, integration, alerts, atMs, repeated, escalatedFrom } = notification;
  const known = integrationsOf(config, receiver).find(({ name }) => name === integration);
  return {
    ...{ notificationId: notification.id, receiver, integration, repeated },
    target: known?.target ?? 'other',
    of: known?.of ?? '',
    told: alerts.find((alert) => alert.fingerprint === id)?.status ?? 'firing',
    decidedAtMs: atMs,
    others: alerts.length - 1,
    ...(escalatedFrom === undefined ? {} : { escalatedFrom }),
  } as const;
}
