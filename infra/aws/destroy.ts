/** Takes a deployment down, and its data only if told: `npm run destroy`. */
import { Option } from 'commander';
import { type DeploymentFlags, deploymentCommand, readArguments } from './deployment/arguments.ts';
import { confirmByTyping } from './deployment/confirm.ts';
import { runCdk } from './deployment/run-program.ts';
import { openStacks } from './deployment/stacks.ts';
import { deleteTable, findTable } from './deployment/table.ts';
import { deleteUserPool, findUserPool } from './deployment/user-pool.ts';

interface Flags extends DeploymentFlags {
  readonly deleteData?: boolean;
  readonly table?: string;
  readonly pool?: string;
}

const command = deploymentCommand('destroy', 'Takes Hypervigil down. Its data stays unless told.')
  .addOption(
    new Option('--delete-data', 'delete table and people too: all samples, silences, keys'),
  )
  .option('--table <name>', 'the table to delete, of a stack that is gone already')
  .option('--pool <id>', 'the user pool to delete, of a stack that is gone already')
  .parse();

try {
  await destroy(command.opts<Flags>(), command.args);
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(`Stopped: ${error.message}`);
  process.exitCode = 1;
}

async function destroy(flags: Flags, further: readonly string[]): Promise<void> {
  const { deleteData = false, table: named, pool: namedPool } = flags;
  if ((named ?? namedPool) !== undefined && !deleteData)
    throw new Error('--table and --pool go with --delete-data');
  if (flags.profile !== undefined) process.env['AWS_PROFILE'] = flags.profile;
  const { config, cdk, yes } = readArguments(flags, further);
  const stacks = openStacks();
  const stack = await stacks.find(config.name);
  const where = `in ${await stacks.region()}`;
  const table = named ?? stack?.outputs.get('TableName');
  const pool = namedPool ?? stack?.outputs.get('UserPoolId');
  if (stack === undefined && (table ?? pool) === undefined)
    throw new Error(`there is no stack ${config.name} ${where}`);
  if (stack !== undefined && named !== undefined && named !== stack.outputs.get('TableName'))
    throw new Error(`${config.name} is there and has another table than ${named}`);
  if (
    stack !== undefined &&
    namedPool !== undefined &&
    namedPool !== stack.outputs.get('UserPoolId')
  )
    throw new Error(`${config.name} is there and has another user pool than ${namedPool}`);

  const goes = [
    ...(stack === undefined ? [] : [`the stack ${config.name}`]),
    ...(deleteData && table !== undefined ? [`the table ${table} with ALL DATA`] : []),
    ...(deleteData && pool !== undefined ? [`the user pool ${pool} with ALL PEOPLE`] : []),
  ].join(' and ');
  const word = stack === undefined ? (table ?? pool ?? '') : config.name;
  const isMeant =
    yes ||
    (await confirmByTyping(`This takes down ${goes} ${where}. Type ${word} to go on: `, word));
  if (!isMeant) throw new Error('nothing was done');

  if (stack !== undefined) {
    if (stack.isProtected) await stacks.unprotect(config.name);
    await runCdk('destroy', '--force', '--no-notices', ...cdk);
  }
  if (table !== undefined) await endTable(table, deleteData);
  if (pool !== undefined) await endUserPool(pool, deleteData);
}

async function endUserPool(id: string, deleteData: boolean): Promise<void> {
  const pool = await findUserPool(id);
  if (pool === undefined) return;
  if (deleteData) {
    await deleteUserPool(id, pool);
    return console.log(`The user pool ${id} is deleted, with everybody in it.`);
  }
  console.log(
    [
      `The people who signed in stay in the user pool ${id}.`,
      `To go on with it, deploy with "signIn": { "existingUserPool": "${id}" } in cdk.json.`,
      `To delete it: npm run destroy -- --delete-data --pool ${id}`,
    ].join('\n'),
  );
}

async function endTable(name: string, deleteData: boolean): Promise<void> {
  const table = await findTable(name);
  if (table === undefined) return console.log('Its data is gone too.');
  if (deleteData) {
    await deleteTable(name, table);
    return console.log(`The table ${name} is deleted. AWS keeps a last backup of it for 35 days.`);
  }
  const size = (table.bytes / 1e9).toFixed(2);
  console.log(
    [
      `The data stays in the table ${name} (${size} GB).`,
      `To go on with it, deploy with "existingTable": "${name}" in cdk.json.`,
      `To delete it: npm run destroy -- --delete-data --table ${name}`,
    ].join('\n'),
  );
}
