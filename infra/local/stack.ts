import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AGENT_FILES_PATH } from '../../core/agent-release/release.ts';
import {
  AGENT_SCHEMA_PATH,
  INSTALL_PS1_PATH,
  INSTALL_SH_PATH,
} from '../../core/agent-release/served-paths.ts';
import { ok, type Result } from '../../core/result.ts';
import { createHandler as createApi } from '../../functions/api/handler.ts';
import { createHandler as createCompact } from '../../functions/compact/handler.ts';
import { createHandler as createEnroll } from '../../functions/enroll/handler.ts';
import { createHandler as createEvaluate } from '../../functions/evaluate/handler.ts';
import { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import { sendPlainLinesTo } from '../../functions/log/log.ts';
import { createHandler as createRemoteWrite } from '../../functions/remote-write/handler.ts';
import { ensureTable } from '../../functions/store/create-table.ts';
import { openTable } from '../../functions/store/dynamo.ts';
import { createInstall } from './agent-files.ts';
import { type AgentProcess, startAgent } from './agent-process.ts';
import { API_PATHS } from './api-paths.ts';
import { tapBatches } from './batch-tap.ts';
import { openDashboard } from './dashboard.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { type EmbeddedTable, openEmbeddedTable } from './embedded-table.ts';
import { errorText } from './error-text.ts';
import { type FileFunction, type Front, startFront, type UrlFunction } from './http-front.ts';
import { ensureKeyFiles } from './key-files.ts';
import { LOCAL_TOPICS } from './local-topics.ts';
import { openMessages } from './messages.ts';
import { createReporter, type Reporter } from './reporter.ts';
import { checkRules } from './rules-check.ts';
import type { LocalSettings } from './settings.ts';
import type { SnsSink } from './sns-sink.ts';
import type { StartFailure } from './start-failure.ts';
import { startTicks } from './ticks.ts';
import { startCompaction, startUpkeep } from './upkeep.ts';

/** Everything that runs on one machine. */
export interface Stack {
  readonly url: string;
  /** Agent (it posts what it has), schedule, servers, table: in this order, within about 15 s. */
  readonly stop: () => Promise<void>;
}

const TABLE_NAME = 'hypervigil';
const FIRST_BATCH_WITHIN_MS = 30_000;
/** Starts the stack, or says in one line why not and leaves nothing running. */
export async function startStack(
  settings: LocalSettings,
  output: typeof process.stdout,
): Promise<Result<Stack, StartFailure>> {
  const rules = checkRules(settings.rulesPath);
  if (!rules.ok) return rules;
  const folder = await openDataFolder(settings.dataPath);
  if (!folder.ok) return folder;

  const undo: (() => Promise<void>)[] = [];
  const stop = async () => {
    // The last started is the first stopped.
    for (const each of undo.splice(0).reverse()) await each();
  };
  const started = await startParts(
    settings,
    output,
    { folder: folder.value, rules: rules.value },
    undo,
  );
  if (started.ok) return ok({ url: started.value.url, stop });
  await stop();
  return started;
}

interface Checked {
  readonly folder: DataFolder;
  readonly rules: string;
}

async function startParts(
  settings: LocalSettings,
  output: typeof process.stdout,
  { folder, rules }: Checked,
  undo: (() => Promise<void>)[],
): Promise<Result<Front, StartFailure>> {
  const embedded = await openEmbeddedTable(folder.tablePath);
  if (!embedded.ok) return embedded;
  undo.push(embedded.value.close);
  const table = openTable({ tableName: TABLE_NAME, endpoint: embedded.value.endpoint });
  undo.push(async () => table.client.destroy());
  await ensureTable(table);
  const keys = await ensureKeyFiles(table, folder.keysPath, settings.host, Date.now());
  if (!keys.ok) return keys;

  // The reporter is made before the front listens, and shown nothing until then.
  let reporter: Reporter | undefined;
  sendPlainLinesTo((line) => reporter?.problem(line.function, line.text));
  const messages = await openMessages(settings, folder, (message) => reporter?.message(message));
  if (!messages.ok) return messages;
  const { sink, mailer } = messages.value;
  undo.push(sink.close);
  const dashboard = await openDashboard((line) => output.write(`${line}\n`));
  const environment = {
    ...functionEnvironment(settings, embedded.value, sink),
    ...(dashboard.folder === undefined ? {} : { DASHBOARD_DIR: dashboard.folder }),
  };
  const first = startOfMeasuring(settings.runAgent);
  // The evaluator needs the address of the front, and this is in front.
  let startTick: () => void = () => {};
  const ingestBatches = createIngest(environment, Date.now, async () => startTick());
  const ingest = tapBatches(ingestBatches, (host, latest) => {
    reporter?.batch(host, latest);
    if (host !== settings.host) return;
    first.end();
    reporter?.problem('agent', undefined);
  });
  // Links begin with an address that is known only once the front listens.
  const { promise: api, resolve: openApi } = Promise.withResolvers<UrlFunction>();
  const askApi: UrlFunction = async (event) => (await api)(event);
  // So do the installers.
  const { promise: install, resolve: openInstall } = Promise.withResolvers<FileFunction>();
  const askInstall: FileFunction = async (event) => (await install)(event);
  const front = await startFront({
    port: settings.port,
    routes: {
      '/v1/batches': ingest,
      '/v1/enrolments': createEnroll(environment, {
        audit: ({ host, outcome }) => reporter?.agentLine(`enrolment of ${host}: ${outcome}`),
      }),
      [INSTALL_SH_PATH]: askInstall,
      [INSTALL_PS1_PATH]: askInstall,
      [AGENT_SCHEMA_PATH]: askInstall,
      [AGENT_FILES_PATH]: askInstall,
      '/api/v1/write': createRemoteWrite(environment),
      ...Object.fromEntries(API_PATHS.map((path) => [path, askApi])),
    },
    ...(settings.externalUrl === undefined ? {} : { externalUrl: settings.externalUrl }),
    nowMs: Date.now,
    onFault: (path, error) => reporter?.problem(path, errorText(error)),
  });
  if (!front.ok) return front;
  undo.push(front.value.close);
  const externalUrl = settings.externalUrl ?? front.value.url;
  openApi(createApi({ ...environment, EXTERNAL_URL: externalUrl }));
  openInstall(createInstall(environment, settings.agentReleasePath, externalUrl));

  const report = openReporter(
    settings,
    output,
    rules,
    readFileSync(keys.value.token, 'utf8').trim(),
  );
  reporter = report;
  undo.push(async () => report.close());
  report.listening(front.value.url);
  if (dashboard.problem !== undefined) report.problem('dashboard', dashboard.problem);
  startUpkeep(table, mailer, report, undo);
  startCompaction(createCompact(environment), report, undo);
  const evaluate = createEvaluate({
    ...environment,
    EXTERNAL_URL: externalUrl,
    ...alertmanagersOf(settings),
  });
  startTick = startTicks(
    { evaluate, report, tickMs: settings.tickMs, isHeld: () => !first.isOver() },
    undo,
  );
  if (settings.runAgent) {
    const agent = runAgent(settings, front.value.url, keys.value.hostKey, report);
    undo.push(agent.stop);
  }
  return front;
}

/**
 * While nothing ran, this machine was silent too: a tick before its first batch would call it down.
 * So ticks wait for that batch, but not for ever.
 */
function startOfMeasuring(runAgent: boolean): { isOver: () => boolean; end: () => void } {
  const startedMs = performance.now();
  let over = !runAgent;
  return {
    isOver: () => over || performance.now() - startedMs > FIRST_BATCH_WITHIN_MS,
    end: () => {
      over = true;
    },
  };
}

/** What the functions find in their environment on AWS, with our own endpoints. */
function functionEnvironment(
  { rulesPath, tickMs, mail }: LocalSettings,
  table: EmbeddedTable,
  sink: SnsSink,
): Readonly<Record<string, string>> {
  return {
    TABLE_NAME,
    SHARD_COUNT: '1',
    DYNAMODB_ENDPOINT: table.endpoint,
    SNS_ENDPOINT: sink.endpoint,
    ...LOCAL_TOPICS,
    LOCAL_MAIL: mail === undefined ? 'no-mail' : 'mail',
    RULES_DIR: rulesPath,
    TICK_MS: String(tickMs),
  };
}

function alertmanagersOf({ alertmanagers }: LocalSettings): Readonly<Record<string, string>> {
  return alertmanagers.length === 0 ? {} : { ALERTMANAGER_URLS: alertmanagers.join() };
}

function openReporter(
  { plain, dataPath, mail }: LocalSettings,
  output: typeof process.stdout,
  rules: string,
  token: string,
): Reporter {
  return createReporter({
    live: !plain && output.isTTY,
    output,
    nowMs: Date.now,
    first: {
      url: '',
      dataPath: join(dataPath),
      rules,
      // What is no terminal is kept: in a file, or by the service manager, and others may read it.
      ...(output.isTTY ? { token } : {}),
      ...(mail === undefined ? {} : { mailTo: mail.to.join(', ') }),
      hosts: new Map(),
      alerts: [],
      messages: [],
      problems: new Map(),
    },
  });
}

function runAgent(
  { host, sampleInterval, dataPath }: LocalSettings,
  url: string,
  keyFile: string,
  report: Reporter,
): AgentProcess {
  return startAgent({
    url,
    keyFile,
    host,
    sampleInterval,
    spoolDir: join(dataPath, 'spool'),
    onLine: (line) => report.agentLine(line.replace(/^hypervigil agent: /, '')),
    onExit: (reason, retryMs) =>
      report.problem('agent', `ended (${reason}), starts again in ${retryMs / 1000} s`),
  });
}
