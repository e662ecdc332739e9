import type { Route } from '../../core/alertmanager/config-types.ts';
import { jsonNumber } from '../../core/alertmanager/notified-alert-schema.ts';
import { DAY_MS } from '../../core/time.ts';
import type { Delivery } from '../store/deliveries.ts';
import type { AlertmanagerPorts } from './ports.ts';
import { type Answer, rejected } from './reply.ts';

/** How far back is looked for messages; who knows a message's id finds it for as long as it is kept. */
const LOOK_BACK_MS = 7 * DAY_MS;
/** Attempts looked through, some 500 bytes each. */
const LOOK_THROUGH = 2000;
const LIMIT = 20;
const LIMIT_MAX = 200;

/** `GET /v1/notifications`: what was told lately, the newest first; `?fingerprint=`: about one alert. */
export async function listNotifications(
  params: URLSearchParams,
  ports: AlertmanagerPorts,
): Promise<Answer> {
  const limit = Number(params.get('limit') ?? LIMIT);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX)
    return rejected(400, `limit: give a whole number from 1 to ${LIMIT_MAX}`);
  const fingerprint = params.get('fingerprint');
  const nowMs = ports.nowMs();
  const range = { fromMs: nowMs - LOOK_BACK_MS, toMs: nowMs, limit: LOOK_THROUGH };
  const found = new Map<string, Delivery[]>();
  for (const delivery of await ports.deliveries.list(range, nowMs)) {
    const { id, alerts } = delivery.notification;
    if (fingerprint !== null && !alerts.some((alert) => alert.fingerprint === fingerprint))
      continue;
    if (!found.has(id) && found.size === limit) continue;
    found.set(id, [delivery, ...(found.get(id) ?? [])]);
  }
  const notifications = [...found.values()].map((attempts) => record(attempts, ports));
  return { status: 200, json: JSON.stringify({ notifications }, jsonNumber) };
}

/** `GET /v1/notifications/{id}`. */
export async function getNotification(id: string, ports: AlertmanagerPorts): Promise<Answer> {
  const attempts = await ports.deliveries.ofNotification(id, ports.nowMs());
  if (attempts.length === 0)
    return rejected(404, `nothing was told under the id ${id}, or not lately`);
  return { status: 200, json: JSON.stringify(record(attempts, ports), jsonNumber) };
}

/** A message with all attempts to deliver it, the oldest first, and the way it took through the routes. */
function record(attempts: readonly Delivery[], { config }: AlertmanagerPorts): object {
  const [first] = attempts;
  const notification = first?.notification;
  return {
    notification,
    ...(first?.alertsLeftOut === undefined ? {} : { alertsLeftOut: first.alertsLeftOut }),
    route: notification === undefined ? [] : pathTo(config.route, notification.groupKey),
    deliveries: attempts.map(({ attempt, atMs, durationMs, result, reason }) => ({
      attempt,
      atMs,
      durationMs,
      result,
      reason,
    })),
  };
}

/** Ids of the routes from the root to the group's own; none if it is in the tree no more. */
function pathTo(route: Route, groupKey: string): string[] {
  if (groupKey.startsWith(`${route.id}:{`)) return [route.id];
  for (const child of route.routes) {
    const below = pathTo(child, groupKey);
    if (below.length > 0) return [route.id, ...below];
  }
  return [];
}
