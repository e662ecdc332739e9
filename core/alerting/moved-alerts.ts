import { fingerprint } from '../alertmanager/fingerprint.ts';
import type { NotifiedAlert } from '../alertmanager/notification-types.ts';
import { type Labels, labelsToObject, labelValue, withLabels } from '../series/labels.ts';
import { currentHost } from '../topology/lookup.ts';
import type { TopologyState } from '../topology/topology-state.ts';
import type { TickState } from './tick-state.ts';

/**
 * A VM is its UUID: alerts about one that moved go on under the name of the host it is on now, told
 * to nobody as an end here and a beginning there. The state comes back as it is where nothing moved.
 */
export function followMoves(state: TickState, topology: TopologyState): TickState {
  const renamed = new Map<string, NotifiedLabels>();
  const alerts = Object.entries(state.alerts).map(([rule, instances]) => {
    const moved = instances.map((instance) => {
      const labels = movedLabels(instance.labels, topology);
      if (labels === undefined) return instance;
      note(renamed, instance.labels, labels);
      // To Alertmanagers it is another alert: it is sent at once, and the former one ends by itself.
      const { lastSentMs: _, ...lasting } = instance;
      return { ...lasting, labels };
    });
    return [rule, moved] as const;
  });
  if (renamed.size === 0) return state;
  const id = (before: string): string => renamed.get(before)?.id ?? before;
  return {
    ...state,
    alerts: Object.fromEntries(alerts),
    flapping: Object.fromEntries(
      Object.entries(state.flapping).map(([key, history]) => [
        id(key),
        history.held === undefined ? history : { ...history, held: moved(history.held, renamed) },
      ]),
    ),
    groups: Object.fromEntries(
      Object.entries(state.groups).map(([key, group]) => [
        key,
        {
          ...group,
          firing: group.firing.map(id),
          resolved: group.resolved.map((alert) => moved(alert, renamed)),
          told: Object.fromEntries(
            Object.entries(group.told).map(([who, told]) => [
              who,
              { ...told, firing: rekeyed(told.firing, id) },
            ]),
          ),
          escalated: Object.fromEntries(
            Object.entries(group.escalated).map(([who, times]) => [who, rekeyed(times, id)]),
          ),
        },
      ]),
    ),
    // What is still to be said has its name of now, and so its place before what is said later.
    outbox: state.outbox.map((entry) => ({
      ...entry,
      notification: {
        ...entry.notification,
        alerts: entry.notification.alerts.map((alert) => moved(alert, renamed)),
      },
    })),
  };
}

interface NotifiedLabels {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The labels with the host the VM is on now; `undefined` where they say so already, or name no VM. */
function movedLabels(labels: Labels, topology: TopologyState): Labels | undefined {
  const uuid = labelValue(labels, 'uuid');
  const host = labelValue(labels, 'host');
  if (uuid === '' || host === '') return undefined;
  const now = currentHost(topology, uuid);
  return now === undefined || now === host ? undefined : withLabels(labels, { host: now });
}

function note(renamed: Map<string, NotifiedLabels>, before: Labels, after: Labels): void {
  const labels = withoutEmpty(after);
  renamed.set(fingerprint(withoutEmpty(before)), { id: fingerprint(labels), labels });
}

function withoutEmpty(labels: Labels): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labelsToObject(labels)).filter(([, value]) => value !== ''),
  );
}

function moved(alert: NotifiedAlert, renamed: ReadonlyMap<string, NotifiedLabels>): NotifiedAlert {
  const now = renamed.get(alert.fingerprint);
  return now === undefined ? alert : { ...alert, fingerprint: now.id, labels: now.labels };
}

function rekeyed(
  times: Readonly<Record<string, number>>,
  id: (before: string) => string,
): Record<string, number> {
  return Object.fromEntries(Object.entries(times).map(([key, atMs]) => [id(key), atMs]));
}
