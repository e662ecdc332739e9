import { setTimeout as sleep } from 'node:timers/promises';
import { collectorTimeoutMs, cpuSeconds } from '../agent.ts';
import { CollectorRunner } from '../collector-runner.ts';
import { createCollectors } from '../collectors/list.ts';
import type { LoadedConfig } from '../config.ts';
import { formatSample } from '../once.ts';
import { type Flags, log, print } from './command.ts';
import { withConfig } from './with-config.ts';

/** Between the two readings that a rate needs. */
const ONCE_INTERVAL_MS = 1000;

/** `agent once`: one sample as a table. */
export function execute(flags: Flags): Promise<void> {
  return withConfig(flags, once);
}

async function once(config: LoadedConfig): Promise<void> {
  const list = createCollectors(config.rootDir, config.sources, config.tags);
  const runner = new CollectorRunner(list.collectors, collectorTimeoutMs(config), log);
  await runner.runAll(Date.now());
  await sleep(ONCE_INTERVAL_MS);
  const cpuBefore = cpuSeconds();
  const runs = await runner.runAll(Date.now());
  const cpuMs = (cpuSeconds() - cpuBefore) * 1000;
  const count = runs.reduce((sum, { measurements }) => sum + measurements.length, 0);
  const heading = `${config.host}: ${count} numbers over ${ONCE_INTERVAL_MS / 1000} s, taken in ${cpuMs.toFixed(1)} ms of CPU time`;
  await print(`${heading}\n\n${formatSample(runs)}\n`);
  await list.close();
}
