import type { SentAlert, SentMessage, ShownAlert, StackUnderTest } from './stack.ts';
import { waitFor } from './testbed.ts';

/** Labels of the alert that is meant, some of them. */
export type Wanted = Readonly<Record<string, string>>;

/** An alert that fires as of the last tick, told or muted. */
export async function firingAlert(
  stack: StackUnderTest,
  alertname: string,
  whose: Wanted,
): Promise<ShownAlert | undefined> {
  return (await stack.alerts()).find(({ labels }) => hasAll(labels, { ...whose, alertname }));
}

/** The first message in which such an alert has that status. */
export function firstMessage(
  stack: StackUnderTest,
  wanted: Wanted,
  status: SentAlert['status'],
  withinMs: number,
): Promise<SentMessage> {
  return waitFor(`${Object.values(wanted).join(' ')} ${status}`, withinMs, async () =>
    (await stack.messages()).find(({ alerts }) =>
      alerts.some((alert) => alert.status === status && hasAll(alert.labels, wanted)),
    ),
  );
}

/**
 * All that was told of alerts, each change once, as "VmDown vm1 firing": a message tells of whatever
 * is in its group, so of some alerts again.
 */
export function changes(messages: readonly SentMessage[]): string[] {
  const known = new Map<string, string>();
  return messages
    .flatMap(({ alerts }) => alerts)
    .flatMap(({ labels, status }) => {
      const key = `${labels['alertname']} ${labels['vm'] ?? labels['host']}`;
      if (known.get(key) === status) return [];
      known.set(key, status);
      return [`${key} ${status}`];
    });
}

function hasAll(labels: Wanted, wanted: Wanted): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}
