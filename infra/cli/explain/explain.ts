import { fingerprint } from '../../../core/alertmanager/fingerprint.ts';
import { ok } from '../../../core/result.ts';
import { type FiringAlert, FiringAlerts, RuleAlerts } from '../alert-schemas.ts';
import type { Answer, ApiClient } from '../client.ts';
import { type Outcome, trouble } from '../failure.ts';
import { isFingerprint } from '../matcher-arguments.ts';
import { floatOf } from '../matrix-answer.ts';
import type { Terminal } from '../terminal.ts';
import { formatTime } from '../time-text.ts';
import { readStory, type Subject } from './alert-story.ts';
import { NotificationRecord, NotificationRecords } from './notification-record.ts';
import { printRecord, printStory } from './print-story.ts';

const PATH = '/v1/notifications';
/** Each takes some queries, and nobody reads more. */
const MAX_SUBJECTS = 5;
const MAX_MESSAGES = 20;

/** `hypervigil alerts explain ID`, of a message or of an alert: the samples, states, routes, deliveries. */
export async function explain(
  id: string,
  client: ApiClient,
  terminal: Terminal,
  nowMs: number,
): Promise<Outcome<undefined>> {
  const firing = await readFiring(client);
  if (!firing.ok) return firing;
  const found = isFingerprint(id)
    ? await ofAlert(id, client, firing.value)
    : await ofMessage(id, client);
  if (!found.ok) return found;
  const { subjects, records } = found.value;
  if (subjects.length === 0)
    return trouble(
      `nothing is known of ${id}: give the id of a message, or an alert's fingerprint`,
    );
  if (!isFingerprint(id)) for (const record of records) printRecord(record, terminal);
  for (const subject of subjects.slice(0, MAX_SUBJECTS)) {
    const story = await readStory(client, subject, nowMs);
    if (!story.ok) return story;
    printStory(story.value, standing(subject, firing.value), terminal);
  }
  if (subjects.length > MAX_SUBJECTS)
    terminal.print(
      `... and ${subjects.length - MAX_SUBJECTS} more alerts; explain them by their ids:`,
    );
  for (const subject of subjects.slice(MAX_SUBJECTS))
    terminal.print(
      `  ${subject.fingerprint}  ${subject.annotations['summary'] ?? subject.labels['alertname'] ?? ''}`,
    );
  if (isFingerprint(id)) {
    if (records.length === 0) terminal.print('No message about it is kept.');
    for (const record of records) printRecord(record, terminal);
  }
  return ok(undefined);
}

interface Found {
  readonly subjects: readonly Subject[];
  readonly records: readonly NotificationRecord[];
}

async function ofMessage(id: string, client: ApiClient): Promise<Answer<Found>> {
  const record = await client.get(`${PATH}/${encodeURIComponent(id)}`, NotificationRecord);
  if (record.ok) {
    const { alerts } = record.value.notification;
    return ok({ subjects: alerts, records: [record.value] });
  }
  return record.error.status === 404 ? ok({ subjects: [], records: [] }) : record;
}

async function ofAlert(
  id: string,
  client: ApiClient,
  firing: readonly FiringAlert[],
): Promise<Answer<Found>> {
  const params = { fingerprint: id, limit: String(MAX_MESSAGES) };
  const answer = await client.get(PATH, NotificationRecords, params);
  if (!answer.ok && answer.error.status !== 404) return answer;
  const records = answer.ok ? answer.value.notifications : [];
  const told = records
    .flatMap(({ notification }) => notification.alerts)
    .find((alert) => alert.fingerprint === id);
  const now = firing.find((alert) => alert.fingerprint === id);
  if (told !== undefined) return ok({ subjects: [told], records });
  if (now !== undefined) return ok({ subjects: [subjectOf(now)], records });
  const pending = await readOfRules(client);
  if (!pending.ok) return pending;
  return ok({ subjects: pending.value.filter((alert) => alert.fingerprint === id), records });
}

function subjectOf({
  labels,
  annotations,
  fingerprint: id,
  startsAt,
  generatorURL,
}: FiringAlert): Subject {
  const expr = URL.parse(generatorURL)?.searchParams.get('g0.expr');
  return {
    ...{ labels, annotations, fingerprint: id, startsAtMs: startsAt },
    ...(expr == null ? {} : { expr }),
  };
}

async function readOfRules(client: ApiClient): Promise<Answer<Subject[]>> {
  const answer = await client.get('/api/v1/alerts', RuleAlerts);
  if (!answer.ok) return answer;
  return ok(
    answer.value.data.alerts.map(({ labels, annotations, activeAt, value }) => ({
      ...{ labels, annotations, startsAtMs: activeAt },
      fingerprint: fingerprint(labels),
      value: floatOf(value),
    })),
  );
}

async function readFiring(client: ApiClient): Promise<Answer<readonly FiringAlert[]>> {
  const answer = await client.get('/api/v2/alerts', FiringAlerts);
  return answer.ok || answer.error.status !== 404 ? answer : ok([]);
}

/** How an alert stands now, a line each. */
function standing({ fingerprint: id }: Subject, firing: readonly FiringAlert[]): string[] {
  const alert = firing.find((one) => one.fingerprint === id);
  if (alert === undefined) return [];
  const { status, acknowledgement, receivers } = alert;
  const nameOf = (other: string) => {
    const source = firing.find((one) => one.fingerprint === other);
    return source === undefined ? other : `${source.labels['alertname']} (${other})`;
  };
  const lines = [`firing, for ${receivers.map(({ name }) => name).join(', ')}`];
  if (status.inhibitedBy.length > 0)
    lines.push(`inhibited by ${status.inhibitedBy.map(nameOf).join(', ')}`);
  if (status.silencedBy.length > 0) lines.push(`silenced by ${status.silencedBy.join(', ')}`);
  if (status.mutedBy.length > 0) lines.push(`muted by time interval ${status.mutedBy.join(', ')}`);
  if (acknowledgement !== undefined) {
    const { by, note, until } = acknowledgement;
    lines.push(`acknowledged by ${by} until ${formatTime(until)}${note === '' ? '' : `: ${note}`}`);
  }
  return lines;
}
