import { runAgent } from '../agent.ts';
import { createCollectors } from '../collectors/list.ts';
import { EXIT_TROUBLE, EXIT_USAGE, fail, log, warnIfPlain } from '../commands/command.ts';
import { reload } from '../config-reload.ts';
import { defaultPaths } from '../default-paths.ts';
import { messageOf } from '../log.ts';
import { Poster } from '../poster.ts';
import { readKeyFile } from '../read-key.ts';
import { openSpool } from '../spool/open-spool.ts';
import { createSpoolCollector } from '../spool/spool-collector.ts';
import { findStopReason, systemStopReasonPorts } from '../stop-reason.ts';
import { isTerminalGone } from '../terminal.ts';
import { askForRoots } from '../trust/trusted-roots.ts';
import { AGENT_VERSION } from '../version.ts';
import { askSelf, ownArguments } from './ask-self.ts';
import { askForFacts } from './facts.ts';
import { becomeLean, isLean } from './lean-process.ts';
import { postedNote } from './posted-note.ts';
import { type ConfigAnswer, decodeConfigAnswer, type RunningConfig } from './running-config.ts';
import { keepHeapSmall } from './small-heap.ts';

/** Of a reload. */
const CONFIG_WITHIN_MS = 30_000;

/**
 * `agent run`: measures and posts until stopped, in a process that loads only what that takes. The
 * command line and the configuration are read by another one, which ends then.
 */
export async function execute(): Promise<void> {
  becomeLean();
  const { text, exitCode } = await askSelf(ownArguments(), { isInTerminal: true });
  // The command line was none of `run`, or meant something else.
  if (text === undefined) {
    process.exitCode = exitCode;
    return;
  }
  const config = decodeConfigAnswer(text);
  if (!config.ok) {
    for (const line of config.error) fail(EXIT_USAGE, line);
    return;
  }
  try {
    await run(config.value);
  } catch (error) {
    fail(EXIT_TROUBLE, messageOf(error));
  }
}

async function run(config: RunningConfig): Promise<void> {
  const { url, keyFile, lacks = '' } = config;
  if (url === undefined || keyFile === undefined) return fail(EXIT_USAGE, lacks);
  warnIfPlain(url);
  const dropped = new Map<string, number>();
  const spool = await openSpool(config, dropped);
  if (!spool.ok && spool.error.isInUse) return fail(EXIT_TROUBLE, spool.error.message);
  if (!spool.ok) log(spool.error.message);
  const rootsOf = isLean() ? askForRoots : undefined;
  const loadFacts = () => askForFacts(config.rootDir);
  const list = createCollectors(config.rootDir, config.sources, config.tags, {
    loadFacts,
    rootsOf,
  });
  let live = config;
  const noteStored = postedNote(stateFolder(), AGENT_VERSION, log);
  const poster = new Poster({
    url,
    readKey: () => readKeyFile(live.keyFile ?? keyFile),
    version: AGENT_VERSION,
    rootsOf,
    onStored: () => noteStored(Date.now()),
  });
  const stop = new AbortController();
  heedSignals(stop, async () => {
    const done = reload(live, await askForConfig(stop.signal));
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
    onSampled: isLean() ? keepHeapSmall(url.protocol === 'https:') : undefined,
  };
  await runAgent(config, ports, stop.signal);
  poster.close();
  await list.close();
}

function heedSignals(stop: AbortController, readAgain: () => Promise<void>): void {
  // SIGBREAK is of Windows only: Ctrl+Break, and what some service wrappers send.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) {
    // A second signal ends the process at once, as it would have without us.
    process.once(signal, () => stop.abort());
  }
  // Whoever read the log is gone: that is no reason to stop measuring.
  process.stderr.on('error', () => undefined);
  let reading: Promise<void> = Promise.resolve();
  process.on('SIGHUP', () => {
    if (isTerminalGone()) return stop.abort();
    // Each reads the file as it is then: the last one tells.
    reading = reading.then(() => (stop.signal.aborted ? undefined : readAgain()));
  });
}

async function askForConfig(signal: AbortSignal): Promise<ConfigAnswer> {
  try {
    const asked = await askSelf(ownArguments(), { timeoutMs: CONFIG_WITHIN_MS, signal });
    if (asked.text !== undefined) return decodeConfigAnswer(asked.text);
    return { ok: false, error: [`it could not be read: exit code ${asked.exitCode}`] };
  } catch (error) {
    return { ok: false, error: [`it could not be read: ${messageOf(error)}`] };
  }
}

/** Where a service keeps what outlives it: systemd says so, and on Windows there is one place. */
function stateFolder(): string | undefined {
  const isService = process.platform === 'win32' || Boolean(process.env['STATE_DIRECTORY']);
  return isService ? defaultPaths().stateDir : undefined;
}
