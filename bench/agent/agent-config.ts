import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** As with the default intervals. */
export const SAMPLES_PER_POST = 6;

/** What differs from the defaults. */
export interface AgentSettings {
  readonly host: string;
  readonly url: string;
  readonly intervalMs: number;
}

/** Writes the configuration of an agent and its key into a folder; the answer is the file. */
export function writeConfig(folder: string, { host, url, intervalMs }: AgentSettings): string {
  const file = join(folder, 'agent.yaml');
  const keyFile = join(folder, 'key');
  writeFileSync(keyFile, 'hk_bench_0123456789abcdef0123456789abcdef\n', { mode: 0o400 });
  const settings = {
    url,
    keyFile,
    host,
    sampleInterval: `${intervalMs / 1000}s`,
    batchInterval: `${(intervalMs / 1000) * SAMPLES_PER_POST}s`,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}: ${value}\n`);
  writeFileSync(file, lines.join(''));
  return file;
}
