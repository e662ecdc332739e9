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
import type { EvaluateReport } from '../../functions/evaluate/evaluate.ts';
import { createHandler as createEvaluate, FOLLOW_UP_MS } from '../../functions/evaluate/handler.ts';
import { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import { sendPlainLinesTo } from '../../functions/log/log.ts';
import { createHandler as createRemoteWrite } from '../../functions/remote-write/handler.ts';
import { ensureTable } from '../../functions/store/create-table.ts';
import { openTable, type Table } from '../../functions/store/dynamo.ts';
import { createInstall } from './agent-files.ts';
import { type AgentProcess, startAgent } from './agent-process.ts';
import { API_PATHS } from './api-paths.ts';
import { tapBatches } from './batch-tap.ts';
import { openDashboard } from './dashboard.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { type EmbeddedTable, openEmbeddedTable } from './embedded-table.ts';
import { createEvaluation } from './evaluation.ts';
import { deleteExpired } from './expiry.ts';
import { type FileFunction, type Front, startFront, type UrlFunction } from './http-front.ts';
import {
  ensureEnrolmentTokenFile,
  ensureHostKeyFile,
  ensureImportKeyFile,
  ensureTokenFile,
} from './key-files.ts';
import { declaredSubscriptions, LOCAL_TOPICS } from './local-topics.ts';
import { createMailer, type Mailer } from './mail.ts';
import { createMessageLog } from './message-log.ts';
import { createQueue } from './queue.ts';
import { createReporter, type Reporter } from './reporter.ts';
import { checkRules } from './rules-check.ts';
import { startSchedule } from './schedule.ts';
import type { LocalSettings } from './settings.ts';
import { createSnsSink, type SnsSink, type Subscriber } from './sns-sink.ts';
import type { StartFailure } from './start-failure.ts';
import { createTextMessages } from './text-messages.ts';
import { openTopicBook, type TopicBook } from './topic-book.ts';

/** Everything that runs on one machine. */
export interface Stack {
  readonly url: string;
  /** Agent (it posts what it has), schedule, servers, table: in this order, within about 15 s. */
  readonly stop: () => Promise<void>;
}

const TABLE_NAME = 'hypervigil';
const FIRST_BATCH_WITHIN_MS = 30_000;
const EXPIRE_EVERY_MS = 3_600_000;
/** Nothing is due most times; a machine that is switched off at night catches up soon. */
const COMPACT_EVERY_MS = 10 * 60_000;

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
  const keyFile = await ensureHostKeyFile(table, folder.keysPath, settings.host, Date.now());
  if (!keyFile.ok) return keyFile;
  const tokenFile = await ensureTokenFile(table, folder.keysPath, Date.now());
  if (!tokenFile.ok) return tokenFile;
  const importFile = await ensureImportKeyFile(table, folder.keysPath, Date.now());
  if (!importFile.ok) return importFile;
  const enrolmentFile = await ensureEnrolmentTokenFile(table, folder.keysPath, Date.now());
  if (!enrolmentFile.ok) return enrolmentFile;

  // The reporter is made before the front listens, and shown nothing until then.
  let reporter: Reporter | undefined;
  sendPlainLinesTo((line) => reporter?.problem(line.function, line.text));
  const declared = declaredSubscriptions(settings.mail?.to ?? []);
  const opened = openTopicBook(folder.subscriptionsPath, declared);
  if (!opened.ok) return opened;
  const book = opened.value;
  const emailsOf = (topicArn: string) =>
    book.of(topicArn).flatMap((one) => (one.protocol === 'email' ? [one.endpoint] : []));
  const mailer = settings.mail === undefined ? undefined : createMailer(settings.mail, emailsOf);
  const sink = await createSnsSink(
    subscribers(folder, mailer, book, (message) => reporter?.message(message)),
    book,
  );
  if (!sink.ok) return sink;
  undo.push(sink.value.close);
  const dashboard = await openDashboard((line) => output.write(`${line}\n`));
  const environment = {
    ...functionEnvironment(settings, embedded.value, sink.value),
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
    readFileSync(tokenFile.value, 'utf8').trim(),
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
  const isHeld = () => !first.isOver();
  // A tick that had to leave an alert for seconds is followed by one of its own, as on AWS.
  let followUp: NodeJS.Timeout | undefined;
  const followed = async (ticking: Promise<EvaluateReport>): Promise<EvaluateReport> => {
    const done = await ticking;
    const waitMs = (done.nextFlushMs ?? Number.POSITIVE_INFINITY) - Date.now();
    if (waitMs <= FOLLOW_UP_MS) {
      clearTimeout(followUp);
      followUp = setTimeout(startTick, waitMs);
    }
    return done;
  };
  const urgent = (storedMs: number) => followed(evaluate.urgent(storedMs));
  const urgentTicks = createQueue(createEvaluation(urgent, report, isHeld));
  startTick = () => urgentTicks.add(Date.now());
  undo.push(async () => {
    clearTimeout(followUp);
    await urgentTicks.idle();
    // The tick that was under way may have asked for one more.
    clearTimeout(followUp);
  });
  const due = (dueMs: number) => followed(evaluate(dueMs));
  const schedule = startSchedule(settings.tickMs, createEvaluation(due, report, isHeld));
  undo.push(schedule.stop);
  if (settings.runAgent) {
    const agent = runAgent(settings, front.value.url, keyFile.value, report);
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

function subscribers(
  folder: DataFolder,
  mailer: Mailer | undefined,
  book: TopicBook,
  show: (message: Parameters<Reporter['message']>[0]) => void,
): Subscriber[] {
  const seen = [
    { name: 'terminal', deliver: show },
    createMessageLog(folder.messagesPath, Date.now),
  ];
  return [...seen, createTextMessages(book, seen), ...(mailer === undefined ? [] : [mailer])];
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

/** What runs beside the path of a sample: the check of the mail server, the end of old items. */
function startUpkeep(
  table: Table,
  mailer: Mailer | undefined,
  report: Reporter,
  undo: (() => Promise<void>)[],
): void {
  if (mailer !== undefined) {
    void mailer.check().then((problem) => report.problem('email', problem));
    undo.push(async () => mailer.close());
  }
  const expiry = startSchedule(EXPIRE_EVERY_MS, async () => {
    try {
      await deleteExpired(table, Date.now());
      report.problem('expiry', undefined);
    } catch (error) {
      report.problem('expiry', errorText(error));
    }
  });
  undo.push(expiry.stop);
}

/** Rolls up what is due now, then hour by hour; how far it is is in the table. */
function startCompaction(
  compact: ReturnType<typeof createCompact>,
  report: Reporter,
  undo: (() => Promise<void>)[],
): void {
  const run = async () => {
    try {
      const errors = (await compact()).flatMap((shard) => shard.errors);
      report.problem('compaction', errors.length === 0 ? undefined : errors.join('; '));
    } catch (error) {
      report.problem('compaction', errorText(error));
    }
  };
  const schedule = startSchedule(COMPACT_EVERY_MS, run);
  undo.push(schedule.stop);
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

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
