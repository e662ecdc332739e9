import type { HostFacts } from '../collectors/info.ts';
import { askSelf } from './ask-self.ts';

/** Programs such as dmidecode may take their time. */
const FACTS_WITHIN_MS = 60_000;

/** The argument for a process that only finds out the facts of a host. */
const FACTS_COMMAND = 'facts';

/** Facts of this host, found out by a process of their own: the library for it takes 6 MB. */
export async function askForFacts(rootDir: string): Promise<HostFacts> {
  const args = ['--root-dir', rootDir, FACTS_COMMAND];
  const { text, exitCode } = await askSelf(args, { timeoutMs: FACTS_WITHIN_MS });
  if (text === undefined) throw new Error(`the facts of this host: exit code ${exitCode}`);
  const facts: unknown = JSON.parse(text);
  if (!isFacts(facts)) throw new Error(`no facts: ${text.slice(0, 100)}`);
  return facts;
}

/** They come from this same program. */
function isFacts(value: unknown): value is HostFacts {
  return typeof value === 'object' && value !== null && 'os' in value;
}
