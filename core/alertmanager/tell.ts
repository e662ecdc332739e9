import type { Integration, Receiver } from './config-types.ts';
import type { Step } from './dispatch-step.ts';
import { fingerprint } from './fingerprint.ts';
import type { AlertGroup, Told } from './group-state.ts';
import type { Notification, NotifiedAlert } from './notification-types.ts';
import { isAcknowledged } from './silence.ts';

interface Telling {
  readonly key: string;
  readonly receiver: Receiver;
  /** Only these alerts concern the receiver; absent: all of the group. */
  readonly only: Readonly<Record<string, number>> | undefined;
  readonly repeatMs: number;
  readonly escalatedFrom?: string;
}

/** Adds a notification for each integration that has something to hear; gives what all have been told then. */
export function tellReceiver(group: AlertGroup, telling: Telling, step: Step): AlertGroup['told'] {
  const { firing: alerts, mutes } = step;
  const concerns = (id: string) => telling.only === undefined || Object.hasOwn(telling.only, id);
  const firing = group.firing
    .flatMap((id) => alerts.get(id) ?? [])
    .filter((alert) => concerns(alert.fingerprint) && !mutes.isMuted(alert));
  const resolved = group.resolved.filter((alert) => !mutes.isMuted(alert));
  const told: Record<string, Told> = { ...group.told };
  for (const integration of telling.receiver.integrations) {
    const name = integrationName(integration);
    const before = told[`${telling.receiver.name}/${name}`];
    // Who was drawn in hears only of the end of what he heard of.
    const over = resolved.filter(
      ({ fingerprint: id }) =>
        telling.only === undefined || Object.hasOwn(before?.firing ?? {}, id),
    );
    const news = newsFor(integration, before, firing, over, telling.repeatMs, step);
    if (news === undefined) continue;
    const shown = ordered(firing, before, integration.sendResolved ? over : []);
    const next: Told = {
      atMs: step.nowMs,
      firing: {
        ...before?.firing,
        ...Object.fromEntries(
          firing.map(({ fingerprint: id }) => [id, before?.firing[id] ?? step.nowMs]),
        ),
      },
    };
    told[`${telling.receiver.name}/${name}`] = next;
    if (shown.length === 0) continue;
    step.notifications.push(notificationOf(group, telling, name, shown, news === 'reminder', step));
  }
  return told;
}

/** `<kind>[<index>]`. */
export function integrationName({ index, settings }: Integration): string {
  return `${settings.kind}[${index}]`;
}

/** Has the integration something to hear? Source: alertmanager/notify/notify.go, `needsUpdate`. */
function newsFor(
  { sendResolved }: Integration,
  before: Told | undefined,
  firing: readonly NotifiedAlert[],
  over: readonly NotifiedAlert[],
  repeatMs: number,
  { nowMs, acknowledgements }: Step,
): 'news' | 'reminder' | undefined {
  if (before === undefined) return firing.length > 0 ? 'news' : undefined;
  if (firing.some(({ fingerprint: id }) => !Object.hasOwn(before.firing, id))) return 'news';
  if (firing.length === 0) {
    const heard = over.some(({ fingerprint: id }) => Object.hasOwn(before.firing, id));
    return heard ? 'news' : undefined;
  }
  if (sendResolved && over.length > 0) return 'news';
  if (nowMs - before.atMs < repeatMs) return undefined;
  const isOpen = firing.some((alert) => !isAcknowledged(acknowledgements, alert, nowMs));
  return isOpen ? 'reminder' : undefined;
}

/** What is new first: it is what a short message has room for. */
function ordered(
  firing: readonly NotifiedAlert[],
  before: Told | undefined,
  over: readonly NotifiedAlert[],
): NotifiedAlert[] {
  const isNew = ({ fingerprint: id }: NotifiedAlert) => before?.firing[id] === undefined;
  return [...firing.filter(isNew), ...firing.filter((alert) => !isNew(alert)), ...over];
}

function notificationOf(
  { groupLabels }: AlertGroup,
  { key, receiver, escalatedFrom }: Telling,
  integration: string,
  alerts: readonly NotifiedAlert[],
  repeated: boolean,
  { nowMs }: Step,
): Notification {
  const queue = fingerprint({ receiver: receiver.name, integration, groupKey: key });
  return {
    id: `${nowMs}-${queue}`,
    receiver: receiver.name,
    integration,
    groupKey: key,
    groupLabels,
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    alerts,
    atMs: nowMs,
    repeated,
    ...(escalatedFrom === undefined ? {} : { escalatedFrom }),
  };
}
