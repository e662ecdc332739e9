import { type Command, Option } from 'commander';
import { ok } from '../../core/result.ts';
import { withClient, withConnection } from './command.ts';
import { printHistories, printHosts, printVms } from './inventory/print-inventory.ts';
import { type InventoryFlags, listParams, readHosts, readVms } from './inventory/read-inventory.ts';
import { toJson } from './json-text.ts';
import type { ConnectionFlags } from './settings.ts';

type Flags = ConnectionFlags & InventoryFlags & { readonly json?: true };

/** `hypervigil hosts` and `hypervigil vms`. */
export function addInventoryCommands(program: Command): void {
  withFilters(
    program
      .command('hosts')
      .description('hosts: how they are, what they are, how many VMs they have')
      .argument('[name...]', 'only these; * stands for any characters, as in "web-*"'),
    'up, silent, stopped, shutdown, maintenance or gone (not heard for 7 days)',
  ).action((names: string[], flags: Flags) =>
    withClient(flags, async (client, terminal) => {
      const params = listParams(names, flags, Date.now());
      if (!params.ok) return params;
      const found = await readHosts(client, params.value);
      if (!found.ok) return found;
      if (flags.json === true) terminal.print(toJson(found.value.all));
      else printHosts(found.value, flags.at === undefined, terminal, Date.now());
      return ok(undefined);
    }),
  );
  withFilters(
    program
      .command('vms')
      .description('VMs: how they are, where they are, and where they have been')
      .argument('[name...]', 'only these names or UUIDs; * stands for any characters')
      .addOption(list('--host <pattern>', 'on this host')),
    'running, paused, off, crashed ..., unknown (its host is silent) or gone',
  )
    .option('--history', 'which host had each when, those that are gone included')
    .action((names: string[], flags: Flags) =>
      withClient(flags, async (client, terminal) => {
        const params = listParams(names, flags, Date.now());
        if (!params.ok) return params;
        const found = await readVms(client, params.value);
        if (!found.ok) return found;
        if (flags.json === true) terminal.print(toJson(found.value.all));
        else if (flags.history === true) printHistories(found.value, terminal, Date.now());
        else printVms(found.value, flags.at === undefined, terminal, Date.now());
        return ok(undefined);
      }),
    );
}

function withFilters(command: Command, states: string): Command {
  return withConnection(
    command
      .addOption(list('--state <state>', `${states}; may be repeated`))
      .addOption(list('--tag <name=value>', "with this tag of the host's; all that are given"))
      .option('--at <time>', 'as it was then: 7d (ago), or 2026-03-01T14:00:00Z')
      .option('--json', 'for programs'),
  );
}

function list(flags: string, description: string): Option {
  return new Option(flags, description).argParser(
    (value: string, before: readonly string[] = []) => [...before, value],
  );
}
