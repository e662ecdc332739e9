import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { type AcknowledgeFlags, acknowledge, withdrawAcknowledgement } from './acknowledge.ts';
import { withClient, withConnection } from './command.ts';
import { explain } from './explain/explain.ts';
import { toJson } from './json-text.ts';
import { printAlerts, readAlerts } from './list-alerts.ts';
import { readMatcherArguments } from './matcher-arguments.ts';
import type { ConnectionFlags } from './settings.ts';

/** Who acknowledges or silences, unless said. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'somebody'; // a container's user may have no name
  }
}

/** `hypervigil alerts ...` */
export function addAlertCommands(program: Command): void {
  const alerts = program.command('alerts').description('list, acknowledge and explain alerts');
  withConnection(
    alerts
      .command('list', { isDefault: true })
      .description('what fires, what is pending, what is kept quiet and by whom (the default)')
      .argument('[matcher...]', 'only these: an alert name, or matchers such as host=web-1')
      .option('--json', 'for programs'),
  ).action((texts: string[], flags: ConnectionFlags & { json?: true }) =>
    withClient(flags, async (client, terminal) => {
      const matchers = texts.length === 0 ? ok([]) : readMatcherArguments(texts);
      if (!matchers.ok) return matchers;
      const found = await readAlerts(client, matchers.value);
      if (!found.ok) return found;
      if (flags.json === true) terminal.print(toJson(found.value));
      else printAlerts(found.value, terminal, Date.now());
      return ok(undefined);
    }),
  );
  withConnection(
    alerts
      .command('ack')
      .description('say that somebody is at it: no repeats and no escalation meanwhile')
      .argument('<alert...>', 'a fingerprint, or matchers such as alertname=VmDown host=web-1')
      .option('--by <name>', 'who', userName())
      .option('--note <text>', 'what is done about it', '')
      .option('--for <time>', 'how long', '2h'),
  ).action((which: string[], flags: ConnectionFlags & AcknowledgeFlags) =>
    withClient(flags, (client, terminal) => acknowledge(which, flags, client, terminal)),
  );
  withConnection(
    alerts
      .command('unack')
      .description('withdraw an acknowledgement')
      .argument('<alert...>', 'a fingerprint, or matchers'),
  ).action((which: string[], flags: ConnectionFlags) =>
    withClient(flags, (client, terminal) => withdrawAcknowledgement(which, client, terminal)),
  );
  withConnection(
    alerts
      .command('explain')
      .description('why a message was sent: samples, states, route, deliveries')
      .argument('<id>', 'of a message, or the fingerprint of an alert'),
  ).action((id: string, flags: ConnectionFlags) =>
    withClient(flags, (client, terminal) => explain(id, client, terminal, Date.now())),
  );
}
