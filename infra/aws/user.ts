/** Makes, changes and takes away people who sign in, in the deployed user pool: `npm run user`. */
import { hostname } from 'node:os';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { Command, InvalidArgumentError, Option } from 'commander';
import * as v from 'valibot';
import { ROLES, type Role } from '../../core/role.ts';
import { type AuditedChange, createAuditLog } from '../../functions/store/audit-log.ts';
import { openTable } from '../../functions/store/dynamo.ts';
import { userName } from '../cli/alert-commands.ts';
import { printTable } from '../cli/table.ts';
import { processTerminal, type Terminal } from '../cli/terminal.ts';
import {
  addPerson,
  changeRole,
  listPeople,
  type People,
  removePerson,
  signOutPerson,
} from './people.ts';

interface Flags {
  readonly table: string;
  readonly pool: string;
  readonly add?: string;
  readonly change?: string;
  readonly remove?: string;
  readonly signOut?: string;
  readonly list?: boolean;
  readonly role?: Role;
}

/** One of these is what is to be done. */
const ACTIONS = ['add', 'change', 'remove', 'signOut', 'list'] as const;
type Changing = Exclude<(typeof ACTIONS)[number], 'list'>;

/** As the audit log has them. */
const RECORDED: Readonly<Record<Changing, string>> = {
  add: 'user.add',
  change: 'user.change',
  remove: 'user.remove',
  signOut: 'user.sign-out',
};

const WITHIN = 'within a minute';

const program = new Command('npm run user --')
  .description('Who may sign in to the dashboard and the API, and in which role.')
  .requiredOption('--table <name>', 'the table: TableName in what `npm run deploy` printed')
  .requiredOption('--pool <id>', 'the user pool: UserPoolId there')
  .option('--add <email>', 'a person; Cognito sends a first password there', email)
  .option('--change <email>', 'gives a person another role', email)
  .option('--remove <email>', 'takes a person away, with sessions and own tokens', email)
  .option('--sign-out <email>', 'ends all sessions of a person, who may sign in again', email)
  .option('--list', 'everybody, with their roles')
  .addOption(
    new Option(
      '--role <role>',
      'of --add and --change: viewer looks, operator also silences and acknowledges, admin also makes tokens and reads who changed what',
    ).choices(ROLES),
  )
  .parse();

try {
  const flags = program.opts<Flags>();
  const [action, another] = ACTIONS.filter((each) => flags[each] !== undefined);
  if (action === undefined || another !== undefined)
    program.error('error: one of --add, --change, --remove, --sign-out and --list is needed');
  else if ((action === 'add' || action === 'change') !== (flags.role !== undefined))
    program.error('error: --role goes with --add and --change, and they need it');
  else await run(action, flags);
} catch (error) {
  if (!(error instanceof Error)) throw error;
  // The SDK's words on credentials, region and pool are clear; its stack trace is not.
  console.error(`${error.name}: ${error.message}`);
  process.exitCode = 1;
}

async function run(action: (typeof ACTIONS)[number], flags: Flags): Promise<void> {
  const terminal = processTerminal();
  const cognito = new CognitoIdentityProviderClient({});
  const table = openTable({ tableName: flags.table });
  const people: People = { cognito, poolId: flags.pool, table };
  if (action === 'list') return printPeople(people, terminal);
  const subject = flags[action] ?? '';
  const { role } = flags;
  const who = `${userName()}@${hostname()} (npm run user)`;
  const after = role === undefined ? {} : { after: { role } };
  const change: AuditedChange = { who, action: RECORDED[action], subject, ...after };
  const audit = createAuditLog(table, Date.now);
  terminal.note(await audit.record(change, () => act(action, subject, role ?? 'viewer', people)));
}

/** Does it, and says what was done. */
async function act(action: Changing, subject: string, role: Role, people: People): Promise<string> {
  switch (action) {
    case 'add':
      await addPerson(people, subject, role);
      return `${subject} is ${role}, and gets a first password by email, good for 7 days`;
    case 'change': {
      const { sessions, tokens } = await changeRole(people, subject, role, Date.now());
      return `${subject} is ${role}; ${sessions} sessions and ${tokens} tokens end ${WITHIN}`;
    }
    case 'signOut': {
      const sessions = await signOutPerson(people, subject);
      return `${sessions} sessions of ${subject} end ${WITHIN}`;
    }
    case 'remove': {
      const { sessions, tokens } = await removePerson(people, subject, Date.now());
      return `${subject} is gone; ${sessions} sessions and ${tokens} tokens end ${WITHIN}`;
    }
  }
}

async function printPeople(people: People, terminal: Terminal): Promise<void> {
  const columns = ['EMAIL', 'ROLE', 'STATE', 'MADE'].map((title) => ({ title }));
  const rows = (await listPeople(people)).map(({ email, role, status, isEnabled, madeAtMs }) => [
    email,
    role ?? 'none',
    isEnabled ? status.toLowerCase().replaceAll('_', ' ') : 'disabled',
    new Date(madeAtMs).toISOString().slice(0, 10),
  ]);
  printTable(terminal, columns, rows);
}

/** In small letters, as Cognito compares them. */
function email(value: string): string {
  const address = v.safeParse(v.pipe(v.string(), v.toLowerCase(), v.email()), value);
  if (address.success) return address.output;
  throw new InvalidArgumentError('not an email address.');
}
