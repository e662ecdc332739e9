import { type Command, Option } from 'commander';
import { AREAS } from '../../core/area.ts';
import { ROLES } from '../../core/role.ts';
import { withClient, withConnection } from './command.ts';
import type { ConnectionFlags } from './settings.ts';
import {
  type AddFlags,
  addEnrolmentToken,
  addToken,
  type EnrolFlags,
  listTokens,
  revokeTokens,
} from './tokens/tokens.ts';

/** `hypervigil tokens ...` */
export function addTokenCommands(program: Command): void {
  const tokens = program
    .command('tokens')
    .description('list, make and end tokens for the API, and those that enrol hosts');
  withConnection(
    tokens
      .command('list', { isDefault: true })
      .description('your own, or all if you are an admin (the default)')
      .option('--enrolment', 'those that enrol hosts')
      .option('--json', 'for programs'),
  ).action((flags: ConnectionFlags & { enrolment?: true; json?: true }) =>
    withClient(flags, (client, terminal) => listTokens(flags, client, terminal)),
  );
  withConnection(
    tokens
      .command('add')
      .description('make a token for a person or a program; prints it, this once')
      .argument('<name>', 'whom or what it is for')
      .option('--service', "nobody's: it goes on when whoever made it leaves (admins only)")
      .addOption(
        new Option('--role <role>', 'what it may, at most what you may')
          .choices(ROLES)
          .default('viewer'),
      )
      .option('--expires <time>', "how long it is good (90d; 366d of a service's)")
      .addOption(
        new Option('--area <area...>', 'what it is for; all but tokens unless given').choices(
          AREAS,
        ),
      ),
  ).action((name: string, flags: ConnectionFlags & AddFlags) =>
    withClient(flags, (client, terminal) => addToken(name, flags, client, terminal)),
  );
  withConnection(
    tokens
      .command('enrol')
      .description('make a token that enrols hosts; prints it, this once')
      .option('--uses <count>', 'how many hosts', '1')
      .option('--expires <time>', 'how long it is good', '24h')
      .option('--hosts <pattern>', 'only hosts of such names, as in "web-*"')
      .option('--re-enrol', 'it also replaces the key of a host that has one'),
  ).action((flags: ConnectionFlags & EnrolFlags) =>
    withClient(flags, (client, terminal) => addEnrolmentToken(flags, client, terminal)),
  );
  withConnection(
    tokens
      .command('revoke')
      .description('end tokens')
      .argument('<id...>', 'as the lists have them'),
  ).action((ids: string[], flags: ConnectionFlags) =>
    withClient(flags, (client, terminal) => revokeTokens(ids, client, terminal)),
  );
}
