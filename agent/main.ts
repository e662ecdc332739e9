import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { collectorTimeoutMs, cpuSeconds, runAgent } from './agent.ts';
import { checkCollectors, checkServer, formatFindings } from './check.ts';
import { CollectorRunner } from './collector-runner.ts';
import { createCollectors } from './collectors/list.ts';
import { type LoadedConfig, loadConfig, readKeyFile } from './config.ts';
import { checkConfig, fileOf, problemLines, showConfigOf } from './config-command.ts';
import { reload } from './config-reload.ts';
import { SETTING_NAMES } from './config-schema.ts';
import { type EnrolFlags, enroll, readEnrolmentToken, writeFirstConfig } from './enroll.ts';
import { requestEnrolment } from './enrolment-request.ts';
import { messageOf } from './log.ts';
import { formatSample } from './once.ts';
import { Poster } from './poster.ts';
import { openSpool } from './spool/open-spool.ts';
import { createSpoolCollector } from './spool/spool-collector.ts';
import { findStopReason, systemStopReasonPorts } from './stop-reason.ts';
import { isTerminalGone } from './terminal.ts';
import { AGENT_VERSION } from './version.ts';

/** A command line or configuration that cannot be used; the shell's own code for that is 2. */
const EXIT_USAGE = 2;
const EXIT_TROUBLE = 1;

type Flags = Readonly<Record<string, unknown>>;

/** Where `enroll` puts the key if nothing else is said. */
const DEFAULT_KEY_FILE = '/etc/hypervigil/key';

/** Between the two readings that a rate needs. */
const ONCE_INTERVAL_MS = 1000;

function log(line: string): void {
  process.stderr.write(`hypervigil agent: ${line}\n`);
}

function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
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

async function check(config: LoadedConfig): Promise<void> {
  const list = createCollectors(config.rootDir, config.sources, config.tags);
  const findings = [
    ...(await checkCollectors(list.collectors)),
    await checkServer(config, async (url, keyFile) => {
      const readKey = () => readKeyFile(keyFile);
      const poster = new Poster({ url, readKey, version: AGENT_VERSION });
      const outcome = await poster.post(new Uint8Array(0));
      poster.close();
      return outcome;
    }),
  ];
  await print(`${formatFindings(findings)}\n`);
  if (findings.some(({ status }) => status === 'trouble')) process.exitCode = EXIT_TROUBLE;
  await list.close();
}

async function enrol(config: LoadedConfig, flags: EnrolFlags & Flags): Promise<void> {
  // A token on the command line can be read by everyone who lists processes.
  if (flags.token !== undefined) process.title = 'hypervigil agent enroll';
  const { url, host, keyFile = DEFAULT_KEY_FILE } = config;
  if (url === undefined) return fail(EXIT_USAGE, missing('url', 'the address of the deployment'));
  warnIfPlain(url);
  const { rotate = false, replace = false, user } = flags;
  if (rotate && replace) return fail(EXIT_USAGE, '--rotate and --replace: give one of them');
  const mode = rotate ? 'rotate' : replace ? 'replace' : 'first';
  const done = await enroll(
    { url, host, keyFile, mode, user },
    {
      readToken: () => readEnrolmentToken(flags, process.env),
      readKey: () => readKeyFile(keyFile),
      request: requestEnrolment,
      sleep,
      random: Math.random,
      monotonicMs: () => performance.now(),
      version: AGENT_VERSION,
      log,
    },
  );
  if (!done.ok) return fail(EXIT_TROUBLE, done.error);
  await print(`${done.value}\n`);
  const file = fileOf(flags);
  const named = host === hostname() ? {} : { host };
  if (writeFirstConfig(file, { url, keyFile, ...named })) return print(`${file} says so\n`);
  const inFile = loadConfig({ config: file }, {});
  if (inFile.ok && (inFile.value.keyFile !== keyFile || inFile.value.url?.href !== url.href))
    await print(`${file} does not say so yet: set url and keyFile there\n`);
}

function warnIfPlain(url: URL): void {
  if (url.protocol === 'http:' && !/^(localhost|127\..*|\[::1\])$/.test(url.hostname))
    log(`${url.origin} is not encrypted: the key and all numbers can be read on the way`);
}

function missing(setting: 'url' | 'keyFile', what: string): string {
  const { flag, variable } = SETTING_NAMES[setting];
  return `${setting}: not set. Give ${what} with ${flag}, ${variable} or in the configuration file`;
}

function fail(code: number, line: string): void {
  log(line);
  process.exitCode = code;
}

/**
 * Runs a command with a checked configuration; whatever goes wrong is one line. `mayWriteConfig`:
 * the file that is named need not be there.
 */
function withConfig(
  action: (config: LoadedConfig, flags: Flags) => Promise<void>,
  mayWriteConfig = false,
) {
  return async (_options: unknown, command: Command): Promise<void> => {
    const flags = command.optsWithGlobals();
    const { config: file, ...others } = flags;
    const isToCome = mayWriteConfig && typeof file === 'string' && !existsSync(file);
    const config = loadConfig(isToCome ? others : flags, process.env);
    if (!config.ok) {
      for (const line of problemLines(config.error)) fail(EXIT_USAGE, line);
      return;
    }
    try {
      await action(config.value, flags);
    } catch (error) {
      fail(EXIT_TROUBLE, messageOf(error));
    }
  };
}

/** Runs a command that tells of the configuration, good or not. */
function aboutConfig(tell: typeof checkConfig) {
  return async (_options: unknown, command: Command): Promise<void> => {
    const told = tell(command.optsWithGlobals(), process.env);
    if (told.ok) return print(`${told.value}\n`);
    process.stderr.write(`${told.error}\n`);
    process.exitCode = EXIT_USAGE;
  };
}

const program = new Command('agent')
  .description('Measures this host and its VMs, and posts the numbers to a Hypervigil deployment.')
  .version(AGENT_VERSION)
  .option('--config <file>', 'configuration file (default: /etc/hypervigil/agent.yaml)')
  .option('--url <url>', 'address of the deployment (HYPERVIGIL_URL)')
  .option('--key-file <file>', 'file with the host key (HYPERVIGIL_KEY_FILE)')
  .option('--host <name>', "name of this host (HYPERVIGIL_HOST; default: the system's)")
  .option('--sample-interval <time>', 'HYPERVIGIL_SAMPLE_INTERVAL (default: 10s)')
  .option('--batch-interval <time>', 'HYPERVIGIL_BATCH_INTERVAL (default: 60s)')
  .option('--root-dir <dir>', "where the host's file tree is mounted (HYPERVIGIL_ROOT_DIR)")
  .option(
    '--spool-dir <dir>',
    'samples that are not posted yet, or "off" (HYPERVIGIL_SPOOL_DIR; default: $STATE_DIRECTORY/spool or /var/lib/hypervigil/spool)',
  );

program.command('run').description('measure and post until stopped').action(withConfig(run));
program.command('once').description('print one sample as a table').action(withConfig(once));
program
  .command('check')
  .description("say what can and can't be measured, and how to mend it")
  .action(withConfig(check));
program
  .command('enroll')
  .description('get this host its key for an enrolment token')
  .option('--token-file <file>', 'the token; "-" reads standard input (HYPERVIGIL_ENROLMENT_TOKEN)')
  .option('--token <token>', 'the token itself, which others on this host may see')
  .option('--rotate', 'exchange the key that is there for a new one; both are good for a day')
  .option('--replace', 'forget the key that is there')
  .option('--user <name>', 'who owns the key file (default: who runs this)')
  .action(withConfig(enrol, true));

const configCommand = program.command('config').description('the configuration of the agent');
configCommand
  .command('check')
  .description('name everything wrong with it, with line and reason')
  .action(aboutConfig(checkConfig));
configCommand
  .command('show')
  .description('print what holds, and where it came from')
  .action(aboutConfig(showConfigOf));

await program.parseAsync();
// A call on a dead file server may never return; it must not keep the process.
process.exit();
