import { formatMatcher } from '../../core/alertmanager/parse-matcher.ts';
import { ok } from '../../core/result.ts';
import { Acknowledgements } from './alert-schemas.ts';
import type { ApiClient } from './client.ts';
import type { Outcome } from './failure.ts';
import { labelsText } from './label-text.ts';
import { readAlertChoice } from './matcher-arguments.ts';
import type { Terminal } from './terminal.ts';
import { formatTime, readSpan } from './time-text.ts';

const PATH = '/v1/acknowledgements';

export interface AcknowledgeFlags {
  readonly by: string;
  readonly note: string;
  readonly for: string;
}

/** `hypervigil alerts ack`: no repeats and no escalation of these alerts for a while. */
export async function acknowledge(
  which: readonly string[],
  flags: AcknowledgeFlags,
  client: ApiClient,
  { print }: Terminal,
): Promise<Outcome<undefined>> {
  const choice = readAlertChoice(which);
  if (!choice.ok) return choice;
  const span = readSpan('--for', flags.for);
  if (!span.ok) return span;
  const chosen =
    'fingerprint' in choice.value
      ? choice.value
      : { filter: choice.value.matchers.map(formatMatcher) };
  const body = { ...chosen, by: flags.by, note: flags.note, for: flags.for };
  const made = await client.send('POST', PATH, Acknowledgements, body);
  if (!made.ok) return made;
  for (const { fingerprint, labels, by, until } of made.value.data)
    print(`${fingerprint}  ${nameOf(labels)}: acknowledged by ${by} until ${formatTime(until)}`);
  return ok(undefined);
}

/** `hypervigil alerts unack`: repeats and escalation begin again. */
export async function withdrawAcknowledgement(
  which: readonly string[],
  client: ApiClient,
  { print }: Terminal,
): Promise<Outcome<undefined>> {
  const choice = readAlertChoice(which);
  if (!choice.ok) return choice;
  const query = new URLSearchParams();
  if ('fingerprint' in choice.value) query.set('fingerprint', choice.value.fingerprint);
  else for (const matcher of choice.value.matchers) query.append('filter', formatMatcher(matcher));
  const ended = await client.send('DELETE', `${PATH}?${query}`, Acknowledgements);
  if (!ended.ok) return ended;
  for (const { fingerprint, labels } of ended.value.data)
    print(`${fingerprint}  ${nameOf(labels)}: no more acknowledged`);
  return ok(undefined);
}

function nameOf(labels: Readonly<Record<string, string>>): string {
  return `${labels['alertname'] ?? 'alert'} ${labelsText(labels)}`.trimEnd();
}
