import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PACK = new URL('../../rules/', import.meta.url);
const ROUTING = new URL('routing/', import.meta.url);

/** A folder with the default rule pack, and a routing that has more in it than the default one. */
export async function makeRulesFolder(
  chatUrl: string,
): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'hypervigil-world-'));
  for (const name of await readdir(PACK))
    if (name.endsWith('.rules.yaml')) await copyFile(new URL(name, PACK), join(path, name));
  for (const name of await readdir(ROUTING)) {
    const text = await readFile(new URL(name, ROUTING), 'utf8');
    await writeFile(join(path, name), text.replaceAll('CHAT_URL', chatUrl));
  }
  return { path, remove: () => rm(path, { recursive: true }) };
}
