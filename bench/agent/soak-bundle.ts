import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';
import { bundleAgent, ROOT } from '../../infra/agent-build/agent-bundle.ts';

const CLOCK = fileURLToPath(new URL('./fast-clock.ts', import.meta.url));
/** Where the agent waits for its next sample. */
const PACE = join(ROOT, 'agent', 'urgent-pace.ts');
const WAIT = 'setTimeout(end, ms)';

/** The agent as a release has it, but for its clock: see fast-clock.ts. */
export async function buildFastAgent(): Promise<string> {
  const facts = { version: '0.0.0-soak', releaseKey: '' };
  return (await bundleAgent(facts, [fastClock])).text;
}

const fastClock: Plugin = {
  name: 'fast-clock',
  setup({ initialOptions, onLoad }) {
    initialOptions.inject = [CLOCK];
    onLoad({ filter: /urgent-pace\.ts$/ }, ({ path }) => {
      if (path !== PACE) return undefined;
      const source = readFileSync(path, 'utf8');
      const parts = source.split(WAIT);
      if (parts.length !== 2) throw new Error(`${PACE}: expected ${WAIT} just once`);
      return { contents: parts.join('pacedTimeout(end, ms)'), loader: 'ts' };
    });
  },
};
