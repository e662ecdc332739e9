/**
 * An agent whose only collector counts, and notes each number in a file before it gives it: so it is
 * known what was measured, however the process ends. Its settings come as one JSON argument.
 */
import { appendFileSync } from 'node:fs';
import * as v from 'valibot';
import { runAgent } from '../../agent/agent.ts';
import type { Collector } from '../../agent/collectors/collector.ts';
import type { AgentConfig } from '../../agent/config.ts';
import { Poster } from '../../agent/poster.ts';
import { openSpool } from '../../agent/spool/open-spool.ts';

const Settings = v.object({
  url: v.string(),
  key: v.string(),
  host: v.string(),
  spoolDir: v.string(),
  notesPath: v.string(),
  firstNumber: v.number(),
  intervalMs: v.number(),
});

const settings = v.parse(Settings, JSON.parse(process.argv[2] ?? ''));
const { host, intervalMs, key, notesPath, spoolDir } = settings;
const url = new URL(settings.url);
let number = settings.firstNumber;

const counter: Collector = {
  name: 'counter',
  check: async () => ({ status: 'ok', sees: '' }),
  collect: async () => {
    number += 1;
    appendFileSync(notesPath, `${number}\n`);
    return [{ name: 'host_uptime_seconds', labels: {}, value: number }];
  },
};

const config: AgentConfig = {
  url,
  keyFile: undefined,
  host,
  sampleIntervalMs: intervalMs,
  batchIntervalMs: intervalMs * 2,
  rootDir: '/',
  spoolDir,
};
const log = (line: string) => process.stderr.write(`${line}\n`);
const dropped = new Map<string, number>();
// Segments so short that they are begun and removed all the time.
const spool = await openSpool(config, dropped, { bytes: 1 << 20, segmentBytes: 2000 });
if (!spool.ok) throw new Error(spool.error.message);
const poster = new Poster({ url, readKey: () => key, version: '1', timeoutMs: 500 });
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
await runAgent(
  config,
  {
    collectors: [counter],
    poster,
    spool: spool.value,
    dropped,
    version: '1',
    stopReason: async () => 'stopped',
    log,
  },
  stop.signal,
);
process.exit();
