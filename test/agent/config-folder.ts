import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type LoadedConfig, loadConfig } from '../../agent/config.ts';

/** A configuration file in a folder of its own, gone after the test. */
export function fileWith(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'agent.yaml');
  writeFileSync(path, content);
  return path;
}

/** What the file says, for one that is good. */
export function loaded(config: string, environment: Record<string, string> = {}): LoadedConfig {
  const result = loadConfig({ config }, environment);
  if (!result.ok) throw new Error(result.error[0]?.reason);
  return result.value;
}
