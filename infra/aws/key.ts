/** Makes a key or token in the deployed table and prints it: `npm run key`. */
import { Command, InvalidArgumentError } from 'commander';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { openTable } from '../../functions/store/dynamo.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';

/** As long as a host name may be (RFC 1035). */
const NAME_MAX_LENGTH = 253;

const program = new Command('npm run key --')
  .description('Makes a key and prints it. It is stored only as a hash.')
  .requiredOption('--table <name>', 'the table: TableName in what `npm run deploy` printed')
  .option('--host <name>', "a key for a host's agent; the name as the agent has it", checkedName)
  .option('--sender <name>', 'a key for a Prometheus server that writes remotely', checkedName)
  .option(
    '--token <name>',
    'a token that may query and silence, for a person or a program',
    checkedName,
  )
  .parse();
const { table, host, sender, token } = program.opts<{
  table: string;
  host?: string;
  sender?: string;
  token?: string;
}>();

try {
  const opened = openTable({ tableName: table });
  const nowMs = Date.now();
  if ([host, sender, token].filter((name) => name !== undefined).length !== 1)
    program.error('error: one of --host, --sender and --token is needed');
  else if (host !== undefined) console.log(await addHostKey(opened, host, nowMs));
  else if (sender !== undefined) console.log(await addHostKey(opened, sender, nowMs, 'sender'));
  else if (token !== undefined) console.log(await addApiToken(opened, token, nowMs));
} catch (error) {
  if (!(error instanceof Error)) throw error;
  // The SDK's words on credentials, region and table are clear; its stack trace is not.
  console.error(`No key was made: ${error.name}: ${error.message}`);
  process.exitCode = 1;
}

function checkedName(value: string): string {
  if (/^[^@\s]\S*$/.test(value) && value.length <= NAME_MAX_LENGTH) return value;
  throw new InvalidArgumentError(
    `not a name of 1 to ${NAME_MAX_LENGTH} characters without spaces, the first not "@".`,
  );
}
