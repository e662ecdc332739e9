import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Units and definitions of services, as they are kept; `@EXECUTABLE@` in them is where the agent is. */
export const SERVICE_FILES = join(import.meta.dirname, 'files');
const PLACEHOLDER = /@EXECUTABLE@/g;

/** Where install.sh puts the agent. */
export const INSTALLED_EXECUTABLE = '/opt/hypervigil-agent/current/hypervigil-agent';

/** Writes the units and definitions into a folder, for an agent that is installed at `executable`. */
export async function writeServiceFiles(executable: string, outDir: string): Promise<void> {
  const entries = await readdir(SERVICE_FILES, { withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    const text = await readFile(join(SERVICE_FILES, entry.name), 'utf8');
    await writeFile(
      join(outDir, entry.name),
      text.replace(PLACEHOLDER, () => executable),
    );
  }
}
