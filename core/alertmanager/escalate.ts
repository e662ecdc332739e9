import { receiverOf, type Step } from './dispatch-step.ts';
import type { AlertGroup } from './group-state.ts';
import { matchesLabels } from './matcher.ts';
import { isAcknowledged } from './silence.ts';
import { tellReceiver } from './tell.ts';

/**
 * Draws the next receiver in where nobody has acknowledged for too long. Each tick: a night is short.
 * While the group's route is muted for a time, nobody is told.
 */
export function escalate(group: AlertGroup, key: string, step: Step): AlertGroup {
  const route = step.routes.get(group.routeId);
  if (route === undefined || step.mutes.ofRoute(route) !== undefined) return group;
  let after = group;
  for (const { matchers, from, to, afterMs } of step.escalations) {
    const receiver = step.config.receivers.get(to);
    if (receiver === undefined) continue;
    const due = group.firing.flatMap((id) => {
      const alert = step.firing.get(id);
      const since = firstTold(after, from, id);
      const isDue =
        alert !== undefined &&
        since !== undefined &&
        step.nowMs - since >= afterMs &&
        !Object.hasOwn(after.escalated[to] ?? {}, id) &&
        matchesLabels(matchers, alert.labels) &&
        !step.mutes.isMuted(alert) &&
        !isAcknowledged(step.acknowledgements, alert, step.nowMs);
      return isDue ? [id] : [];
    });
    if (due.length === 0) continue;
    const only = {
      ...after.escalated[to],
      ...Object.fromEntries(due.map((id) => [id, step.nowMs])),
    };
    after = { ...after, escalated: { ...after.escalated, [to]: only } };
    const telling = {
      key,
      receiver,
      only,
      repeatMs: Number.POSITIVE_INFINITY,
      escalatedFrom: from,
    };
    after = { ...after, told: tellReceiver({ ...after, resolved: [] }, telling, step) };
  }
  return after;
}

/** When a receiver was first told of an alert of a group. */
function firstTold({ told }: AlertGroup, receiver: string, id: string): number | undefined {
  const times = Object.entries(told)
    .filter(([integration]) => receiverOf(integration) === receiver)
    .flatMap(([, { firing }]) => firing[id] ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}
