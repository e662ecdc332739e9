import { type AlertLabels, matchesLabels } from '../../core/alertmanager/matcher.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { isoTime } from '../../core/time.ts';
import { compareAlertLabels, compareLabelSets } from './alert-order.ts';
import { boolParam, filterParam, type ReceiverFilter, receiverFilter } from './params.ts';
import type { AlertGroupView, AlertmanagerPorts, AlertView } from './ports.ts';
import { type Answer, answered, refused } from './reply.ts';

/** `GET /api/v2/alerts`. */
export async function listAlerts(
  params: URLSearchParams,
  ports: AlertmanagerPorts,
): Promise<Answer> {
  const wanted = readWanted(params);
  if (!wanted.ok) return refused(400, wanted.error);
  const { isWanted, isReceiver } = wanted.value;
  const alerts = (await ports.alerts())
    .filter((alert) => alert.receivers.some(isReceiver) && isWanted(alert))
    .sort((a, b) => compareTexts(a.fingerprint, b.fingerprint));
  return answered(alerts.map((alert) => alertJson(alert, alert.receivers, alert.mutedBy)));
}

/** `GET /api/v2/alerts/groups`: an alert of several routes is in a group of each. */
export async function listAlertGroups(
  params: URLSearchParams,
  ports: AlertmanagerPorts,
): Promise<Answer> {
  const wanted = readWanted(params);
  if (!wanted.ok) return refused(400, wanted.error);
  const { isWanted, isReceiver } = wanted.value;
  const withMuted = boolParam(params, 'muted');
  const groups = new Map<string, { group: AlertGroupView; alerts: AlertView[] }>();
  for (const alert of (await ports.alerts()).filter(isWanted)) {
    for (const group of alert.groups) {
      if (!isReceiver(group.receiver) || (!withMuted && group.mutedBy.length > 0)) continue;
      const key = JSON.stringify([group.routeId, sorted(group.groupLabels)]);
      const known = groups.get(key) ?? { group, alerts: [] };
      groups.set(key, known);
      known.alerts.push(alert);
    }
  }
  const inOrder = [...groups.values()].sort(
    ({ group: a }, { group: b }) =>
      compareLabelSets(a.groupLabels, b.groupLabels) || compareTexts(a.receiver, b.receiver),
  );
  return answered(inOrder.map(({ group, alerts }) => groupJson(group, alerts, isReceiver)));
}

interface Wanted {
  readonly isWanted: (alert: AlertView) => boolean;
  readonly isReceiver: ReceiverFilter;
}

function readWanted(params: URLSearchParams): Result<Wanted, string> {
  const matchers = filterParam(params);
  if (!matchers.ok) return matchers;
  const isReceiver = receiverFilter(params);
  if (!isReceiver.ok) return err(isReceiver.error);
  const [active, silenced, inhibited, unprocessed] = [
    ...['active', 'silenced', 'inhibited', 'unprocessed'],
  ].map((name) => boolParam(params, name));
  const isWanted = ({ state, silencedBy, inhibitedBy, labels }: AlertView) =>
    (active || state !== 'active') &&
    (silenced || silencedBy.length === 0) &&
    (inhibited || inhibitedBy.length === 0) &&
    (unprocessed || state !== 'unprocessed') &&
    matchesLabels(matchers.value, labels);
  return ok({ isWanted, isReceiver: isReceiver.value });
}

function groupJson(
  { receiver, groupLabels, mutedBy }: AlertGroupView,
  alerts: readonly AlertView[],
  isReceiver: ReceiverFilter,
): object {
  return {
    alerts: [...alerts]
      .sort((a, b) => compareAlertLabels(a.labels, b.labels))
      .map((alert) => {
        const receivers = alert.groups.map((group) => group.receiver).filter(isReceiver);
        return alertJson(alert, receivers.sort(compareTexts), mutedBy);
      }),
    labels: sorted(groupLabels),
    receiver: { name: receiver },
    routeLabels: {},
  };
}

/** Members in Alertmanager's order; `acknowledgement`, `noDataSince` and `flapping` are ours. */
function alertJson(
  alert: AlertView,
  receivers: readonly string[],
  mutedBy: readonly string[],
): object {
  const { annotations, fingerprint, generatorUrl, labels, acknowledgement } = alert;
  const { noDataSinceMs, flapping } = alert;
  return {
    annotations: sorted(annotations),
    endsAt: isoTime(alert.endsAtMs),
    fingerprint,
    receivers: receivers.map((name) => ({ name })),
    startsAt: isoTime(alert.startsAtMs),
    status: {
      inhibitedBy: alert.inhibitedBy,
      mutedBy,
      silencedBy: alert.silencedBy,
      state: mutedBy.length > 0 ? 'suppressed' : alert.state,
    },
    updatedAt: isoTime(alert.updatedAtMs),
    ...(generatorUrl === '' ? {} : { generatorURL: generatorUrl }),
    labels: sorted(labels),
    ...(acknowledgement === undefined
      ? {}
      : {
          acknowledgement: {
            by: acknowledgement.by,
            note: acknowledgement.note,
            at: isoTime(acknowledgement.atMs),
            until: isoTime(acknowledgement.untilMs),
          },
        }),
    ...(noDataSinceMs === undefined ? {} : { noDataSince: isoTime(noDataSinceMs) }),
    ...(flapping === undefined
      ? {}
      : { flapping: { times: flapping.times, since: isoTime(flapping.sinceMs) } }),
  };
}

/** By name, as Go writes maps. */
function sorted(texts: AlertLabels): AlertLabels {
  return Object.fromEntries(Object.entries(texts).sort(([a], [b]) => compareTexts(a, b)));
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
