import { execFileSync } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import dynalite from 'dynalite';
import { loadCode } from './code.ts';
import { dumpTable, type Fixture, writeFixture } from './fixture.ts';
import { play } from './play.ts';
import { environmentOf, startSns } from './scene.ts';

/**
 * Makes a fixture: `node test/upgrade/make-fixture.ts NAME [FOLDER]`, with the code in FOLDER (a work tree of some
 * commit with its node_modules), or with today's.
 */

const ROOT = resolve(import.meta.dirname, '../..');
const RULES = resolve(import.meta.dirname, 'rules');

/** What the code in a folder leaves in a table. `setClock` makes `Date.now` say a time. */
export async function makeFixture(
  folder: string,
  setClock: (ms: number) => void,
): Promise<Omit<Fixture, 'commit'>> {
  const code = await loadCode(folder);
  const sns = await startSns();
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  try {
    const { port } = server.address() as AddressInfo;
    const endpoint = `http://127.0.0.1:${port}`;
    const table = code.openTable({ tableName: 'test', endpoint });
    await code.ensureTable(table);
    const environment = environmentOf(endpoint, sns, RULES);
    const secrets = await play({ code, table, environment, setClock });
    const items = await dumpTable(table);
    table.client.destroy();
    return { secrets, items };
  } finally {
    await sns.close();
    server.close(() => {});
  }
}

async function main([name, folder = ROOT]: readonly string[]): Promise<void> {
  if (name === undefined) throw new Error('make-fixture.ts NAME [FOLDER]: how is it to be called?');
  const git = ['-C', folder, 'rev-parse', '--short', 'HEAD'];
  const commit = execFileSync('git', git, { encoding: 'utf8' }).trim();
  let nowMs = 0;
  Date.now = () => nowMs;
  const made = await makeFixture(folder, (ms) => {
    nowMs = ms;
  });
  writeFixture(name, { commit, ...made });
  process.stdout.write(`${name}: ${made.items.length} items of ${commit}\n`);
}

if (import.meta.main) {
  await main(process.argv.slice(2));
  // Clients of earlier code keep their connections.
  process.exit();
}
