/** Makes the key a host's agent posts with, in the deployed table, and prints it: `npm run key`. */
import { Command, InvalidArgumentError } from 'commander';
import { openTable } from '../../functions/store/dynamo.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';

/** As long as a host name may be (RFC 1035). */
const HOST_MAX_LENGTH = 253;

const { host, table } = new Command('npm run key --')
  .description("Makes a key for a host's agent and prints it. It is stored only as a hash.")
  .requiredOption('--host <name>', 'the host, as its agent calls itself', hostName)
  .requiredOption('--table <name>', 'the table: TableName in what `npm run deploy` printed')
  .parse()
  .opts<{ host: string; table: string }>();

try {
  console.log(await addHostKey(openTable({ tableName: table }), host, Date.now()));
} catch (error) {
  if (!(error instanceof Error)) throw error;
  // The SDK's words on credentials, region and table are clear; its stack trace is not.
  console.error(`No key was made: ${error.name}: ${error.message}`);
  process.exitCode = 1;
}

function hostName(value: string): string {
  if (/^\S+$/.test(value) && value.length <= HOST_MAX_LENGTH) return value;
  throw new InvalidArgumentError(
    `not a name of 1 to ${HOST_MAX_LENGTH} characters without spaces.`,
  );
}
