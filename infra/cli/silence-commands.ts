import type { Command } from 'commander';
import { ok } from '../../core/result.ts';
import { userName } from './alert-commands.ts';
import { withClient, withConnection } from './command.ts';
import { toJson } from './json-text.ts';
import { endMaintenance, listMaintenance, startMaintenance } from './maintenance.ts';
import type { ConnectionFlags } from './settings.ts';
import {
  addSilence,
  expireSilences,
  printSilences,
  readSilences,
  type SilenceFlags,
} from './silences.ts';

/** `hypervigil silence ...` */
export function addSilenceCommands(program: Command): void {
  const silence = program.command('silence').description('add, list and end silences');
  withSilenceFlags(
    silence
      .command('add')
      .description('mute the alerts that fit all matchers; prints its id')
      .argument('<matcher...>', 'an alert name, or matchers such as host=web-1'),
  ).action((matchers: string[], flags: ConnectionFlags & SilenceFlags) =>
    withClient(flags, (client, terminal) =>
      addSilence(matchers, flags, client, terminal, Date.now()),
    ),
  );
  withConnection(
    silence
      .command('list', { isDefault: true })
      .description('silences that are active or to come (the default)')
      .option('--expired', 'those that are over, too')
      .option('--json', 'for programs'),
  ).action((flags: ConnectionFlags & { expired?: true; json?: true }) =>
    withClient(flags, async (client, terminal) => {
      const silences = await readSilences(client, flags.expired === true);
      if (!silences.ok) return silences;
      if (flags.json === true) terminal.print(toJson(silences.value));
      else printSilences(silences.value, terminal);
      return ok(undefined);
    }),
  );
  withConnection(silence.command('expire').description('end silences').argument('<id...>')).action(
    (ids: string[], flags: ConnectionFlags) =>
      withClient(flags, (client) => expireSilences(ids, client)),
  );
}

/** `hypervigil maintenance ...` */
export function addMaintenanceCommands(program: Command): void {
  const maintenance = program
    .command('maintenance')
    .description('keep a host and its VMs quiet while it is worked on')
    .usage('HOST --for 2h --comment "why", or end HOST, or list');
  withSilenceFlags(
    maintenance
      .command('start', { isDefault: true })
      .description('begin (the default): maintenance HOST --for 2h --comment "new disks"')
      .argument('<host>'),
  ).action((host: string, flags: ConnectionFlags & SilenceFlags) =>
    withClient(flags, (client, terminal) =>
      startMaintenance(host, flags, client, terminal, Date.now()),
    ),
  );
  withConnection(
    maintenance.command('end').description('end it before its time').argument('<host>'),
  ).action((host: string, flags: ConnectionFlags) =>
    withClient(flags, (client, terminal) => endMaintenance(host, client, terminal)),
  );
  withConnection(
    maintenance.command('list').description('hosts under maintenance, and until when'),
  ).action((flags: ConnectionFlags) => withClient(flags, listMaintenance));
}

function withSilenceFlags(command: Command): Command {
  return withConnection(
    command
      .requiredOption('--for <time>', 'how long: 90m, 2h, 1d')
      .requiredOption('--comment <text>', 'why')
      .option('--by <name>', 'who', userName()),
  );
}
