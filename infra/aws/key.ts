/** Makes, lists, replaces and ends keys and tokens in the deployed table: `npm run key`. */
import { hostname } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { isHostName } from '../../core/enrolment.ts';
import { ROLES, type Role } from '../../core/role.ts';
import { parseDurationMs } from '../../core/rules/duration.ts';
import { DAY_MS } from '../../core/time.ts';
import {
  ENROLMENT_MAX_DAYS,
  ENROLMENT_USES_MAX,
  ENROLMENT_USUAL_MS,
} from '../../functions/api/tokens/enrolment-tokens.ts';
import { newApiToken, putApiToken } from '../../functions/store/api-tokens.ts';
import { createAuditLog } from '../../functions/store/audit-log.ts';
import { openTable, type Table } from '../../functions/store/dynamo.ts';
import { newEnrolmentToken, putEnrolmentToken } from '../../functions/store/enrolment-tokens.ts';
import { isStoreBusy } from '../../functions/store/errors.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';
import { rotateHostKey } from '../../functions/store/key-list.ts';
import { userName } from '../cli/alert-commands.ts';
import { processTerminal } from '../cli/terminal.ts';
import { printKeys, revoke } from './key-commands.ts';

const EXPIRES_MAX_MS = ENROLMENT_MAX_DAYS * DAY_MS;

interface Flags {
  readonly table: string;
  readonly host?: string;
  readonly sender?: string;
  readonly token?: string;
  readonly role: Role;
  readonly enrolToken?: boolean;
  readonly uses: number;
  readonly expires?: number;
  readonly reEnrol?: boolean;
  readonly hosts?: string;
  readonly list?: boolean;
  readonly rotate?: string;
  readonly overlap: number;
  readonly revoke?: string;
}

/** Whoever remembers a key may not have been told of its end. */
const PART_DONE =
  'Perhaps only a part was done, and keys that ended are taken for another hour; run it again';

/** One of these is what is to be done. */
const ACTIONS = ['host', 'sender', 'token', 'enrolToken', 'list', 'rotate', 'revoke'] as const;

type Changing = Exclude<(typeof ACTIONS)[number], 'list'>;

/** As the audit log has them. */
const RECORDED: Readonly<Record<Changing, string>> = {
  host: 'key.add',
  sender: 'key.add',
  token: 'token.add',
  enrolToken: 'enrolment-token.add',
  rotate: 'key.rotate',
  revoke: 'key.revoke',
};

const program = new Command('npm run key --')
  .description('Makes a key or token and prints it; it is stored only as a hash. Or ends one.')
  .requiredOption('--table <name>', 'the table: TableName in what `npm run deploy` printed')
  .option('--host <name>', "a key for a host's agent; the name as the agent has it", checkedName)
  .option('--sender <name>', 'a key for a Prometheus server that writes remotely', checkedName)
  .option('--token <name>', 'a token for the API, for a person or a program', checkedName)
  .addOption(
    new Option(
      '--role <role>',
      'what the token may: viewer asks, operator also silences and acknowledges, admin also reads who changed what',
    )
      .choices(ROLES)
      .default('viewer'),
  )
  .option('--enrol-token', 'a token with which agents get their own keys: `agent enroll`')
  .addOption(
    new Option('--uses <count>', 'how many hosts the token enrols').argParser(count).default(1),
  )
  .addOption(
    new Option(
      '--expires <time>',
      'how long the token is good (of --enrol-token: 24h unless given; of --token: until revoked)',
    ).argParser(within('--expires', EXPIRES_MAX_MS)),
  )
  .option('--re-enrol', 'the token also replaces the key of a host that has one')
  .option(
    '--hosts <pattern>',
    'the token enrols only hosts of such names; "*" stands for anything, as in "web-*"',
    checkedName,
  )
  .option('--list', 'all keys and enrolment tokens, without their secrets')
  .option('--rotate <name>', 'another key for a host or sender; the old one goes on for a while')
  .addOption(
    new Option('--overlap <time>', 'how long the old key goes on')
      .argParser(within('--overlap', EXPIRES_MAX_MS))
      .default(86_400_000, '24h'),
  )
  .option(
    '--revoke <name>',
    'ends all keys of a host or sender, all API tokens of a name, or an enrolment token by its id',
  )
  .parse();

try {
  const flags = program.opts<Flags>();
  const [action, another] = ACTIONS.filter((each) => flags[each] !== undefined);
  if (action === undefined || another !== undefined)
    program.error(
      'error: one of --host, --sender, --token, --enrol-token, --list, --rotate and --revoke is needed',
    );
  else if (flags.hosts !== undefined && action !== 'enrolToken')
    program.error('error: --hosts goes with --enrol-token');
  else await run(action, flags, openTable({ tableName: flags.table }), Date.now());
} catch (error) {
  if (!(error instanceof Error)) throw error;
  const { revoke, rotate } = program.opts<Flags>();
  const mayBePart = (revoke ?? rotate) !== undefined && isStoreBusy(error);
  // The SDK's words on credentials, region and table are clear; its stack trace is not.
  console.error(`${mayBePart ? PART_DONE : 'Nothing was done'}: ${error.name}: ${error.message}`);
  process.exitCode = 1;
}

async function run(
  action: (typeof ACTIONS)[number],
  flags: Flags,
  table: Table,
  nowMs: number,
): Promise<void> {
  const terminal = processTerminal();
  const subject = typeof flags[action] === 'string' ? flags[action] : '';
  if (action === 'list') return printKeys(table, terminal, nowMs);
  const { act, ...about } = changes(flags, subject, table, nowMs)[action];
  const change = { who: whoRuns(), action: RECORDED[action], subject, ...about };
  const { secret, note } = await createAuditLog(table, Date.now).record(change, act);
  if (note !== undefined) terminal.note(note);
  if (secret !== undefined) terminal.print(secret);
}

interface KeyChange {
  /** Absent: what the command names. */
  readonly subject?: string;
  /** What the audit log says of it; no secrets. */
  readonly after?: object;
  readonly act: () => Promise<{ readonly secret?: string; readonly note?: string }>;
}

function changes(
  flags: Flags,
  name: string,
  table: Table,
  nowMs: number,
): Record<Changing, KeyChange> {
  const { role, expires, uses, reEnrol = false, hosts, overlap } = flags;
  const endsAtMs = expires === undefined ? undefined : nowMs + expires;
  const bound = hosts === undefined ? {} : { hosts };
  const terms = {
    uses,
    expiresAtMs: nowMs + (expires ?? ENROLMENT_USUAL_MS),
    mayReEnrol: reEnrol,
    ...bound,
  };
  // Worth nothing before they are put.
  const api = newApiToken(name, nowMs, { role, endsAtMs, by: 'operator' });
  const enrolment = newEnrolmentToken(terms, nowMs);
  return {
    host: {
      after: { kind: 'host' },
      act: async () => ({ secret: await addHostKey(table, name, nowMs) }),
    },
    sender: {
      after: { kind: 'sender' },
      act: async () => ({ secret: await addHostKey(table, name, nowMs, 'sender') }),
    },
    token: {
      subject: api.known.id,
      after: { name, role, endsAtMs },
      act: async () => {
        await putApiToken(table, api.known);
        return { secret: api.token };
      },
    },
    enrolToken: {
      subject: enrolment.known.id,
      after: terms,
      act: async () => {
        await putEnrolmentToken(table, enrolment.known);
        const { id } = enrolment.known;
        return { secret: enrolment.token, note: `${id}: end it with --revoke ${id}` };
      },
    },
    rotate: {
      act: async () => {
        const secret = await rotateHostKey(table, name, nowMs, overlap);
        if (secret === undefined) throw new Error(`"${name}" has no key`);
        const until = new Date(nowMs + overlap).toISOString();
        return { secret, note: `the old key of ${name} is good until ${until}` };
      },
    },
    revoke: { act: async () => ({ note: await revoke(table, name, nowMs) }) },
  };
}

/** Whoever has the rights on the table: AWS knows the role, we the person. */
function whoRuns(): string {
  return `${userName()}@${hostname()} (npm run key)`;
}

function checkedName(value: string): string {
  if (isHostName(value)) return value;
  throw new InvalidArgumentError(
    'not a name of 1 to 253 characters without spaces, the first not "@".',
  );
}

function count(value: string): number {
  const uses = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (uses >= 1 && uses <= ENROLMENT_USES_MAX) return uses;
  throw new InvalidArgumentError(`give a number from 1 to ${ENROLMENT_USES_MAX}.`);
}

function within(option: string, maxMs: number): (value: string) => number {
  return (value) => {
    const span = parseDurationMs(value);
    if (span.ok && span.value <= maxMs && (span.value > 0 || option === '--overlap'))
      return span.value;
    throw new InvalidArgumentError('give a time such as 24h or 30d, at most a year.');
  };
}
