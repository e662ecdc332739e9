import { runAgent } from '../agent.ts';
import { createCollectors } from '../collectors/list.ts';
import { type LoadedConfig, loadConfig, readKeyFile } from '../config.ts';
import { reload } from '../config-reload.ts';
import { Poster } from '../poster.ts';
import { openSpool } from '../spool/open-spool.ts';
import { createSpoolCollector } from '../spool/spool-collector.ts';
import { findStopReason, systemStopReasonPorts } from '../stop-reason.ts';
import { isTerminalGone } from '../terminal.ts';
import { AGENT_VERSION } from '../version.ts';
import {
  EXIT_TROUBLE,
  EXIT_USAGE,
  type Flags,
  fail,
  log,
  missing,
  warnIfPlain,
} from './command.ts';
import { withConfig } from './with-config.ts';

/** `agent run`: measures and posts until stopped. */
export function execute(flags: Flags): Promise<void> {
  return withConfig(flags, (config) => run(config, flags));
}

async function run(config: LoadedConfig, flags: Flags): Promise<void> {
  const { url, keyFile } = config;
  if (url === undefined) return fail(EXIT_USAGE, missing('url', 'the address of the deployment'));
  if (keyFile === undefined)
    return fail(EXIT_USAGE, missing('keyFile', 'a file with the host key'));
  warnIfPlain(url);
  const dropped = new Map<string, number>();
  const spool = await openSpool(config, dropped);
  if (!spool.ok && spool.error.isInUse) return fail(EXIT_TROUBLE, spool.error.message);
  if (!spool.ok) log(spool.error.message);
  const list = createCollectors(config.rootDir, config.sources, config.tags);
  let live = config;
  const readKey = () => readKeyFile(live.keyFile ?? keyFile);
  const poster = new Poster({ url, readKey, version: AGENT_VERSION });
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // A second signal ends the process at once, as it would have without us.
    process.once(signal, () => stop.abort());
  }
  // Whoever read the log is gone: that is no reason to stop measuring.
  process.stderr.on('error', () => undefined);
  process.on('SIGHUP', () => {
    if (isTerminalGone()) return stop.abort();
    const done = reload(live, loadConfig(flags, process.env));
    live = done.config;
    list.configure(live.sources, live.tags);
    for (const line of done.lines) log(line);
  });
  log(
    `${config.host}: a sample every ${config.sampleIntervalMs / 1000} s, to ${url.origin} every ${config.batchIntervalMs / 1000} s`,
  );
  const systemPorts = systemStopReasonPorts(config.rootDir);
  const ports = {
    collectors: [...list.collectors, createSpoolCollector(spool)],
    poster,
    spool: spool.ok ? spool.value : undefined,
    dropped,
    version: AGENT_VERSION,
    stopReason: () => findStopReason(systemPorts, Date.now()),
    log,
  };
  await runAgent(config, ports, stop.signal);
  poster.close();
  await list.close();
}
