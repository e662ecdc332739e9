import { setTimeout as sleep } from 'node:timers/promises';
import type { SNSClientConfig } from '@aws-sdk/client-sns';
import * as v from 'valibot';
import { DEFAULT_EVALUATION } from '../../core/alerting/evaluate-groups.ts';
import { FLAPPING } from '../../core/alertmanager/flapping.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { type Needs, needsOf } from '../../core/rules/needs.ts';
import { DAY_MS } from '../../core/time.ts';
import { TOPOLOGY_METRICS, TOPOLOGY_WINDOW_MS } from '../../core/topology/observe.ts';
import manifest from '../../package.json' with { type: 'json' };
import { entryPoint } from '../log/entry-point.ts';
import { createLog } from '../log/log.ts';
import { createAlertmanagerSender, sendTimeoutMs } from '../notify/alertmanager-target.ts';
import { createDeadLetters } from '../notify/dead-letters.ts';
import { createDeliverer } from '../notify/deliver.ts';
import { createPushDelivery } from '../notify/deliver-push.ts';
import { createAcknowledgementStore } from '../store/acknowledgements.ts';
import { createAuditLog } from '../store/audit-log.ts';
import { createChunkStore } from '../store/chunks.ts';
import { createCompactionProgress } from '../store/compaction-progress.ts';
import { createDeliveryStore } from '../store/deliveries.ts';
import { putDeployed, readDeployed } from '../store/deployed.ts';
import { openTable } from '../store/dynamo.ts';
import { createInventoryStore } from '../store/inventory.ts';
import { cacheInventory } from '../store/inventory-cache.ts';
import { createInventoryLedger } from '../store/inventory-ledger.ts';
import { createLateHours } from '../store/late-hours.ts';
import { PATIENCE_MS, patienceLeftMs, withPatience } from '../store/patience.ts';
import { readPushKeys } from '../store/push-keys.ts';
import { createPushSubscriptions } from '../store/push-subscriptions.ts';
import { createRollupReader } from '../store/rollup-reader.ts';
import { cacheRollupState } from '../store/rollup-state.ts';
import { createRuleVersionStore } from '../store/rule-versions.ts';
import { ROLLUP_SETTINGS, readSettings, TABLE_SETTINGS, tableAddress } from '../store/settings.ts';
import { createShards } from '../store/shards.ts';
import { createSilenceStore } from '../store/silences.ts';
import { createStateStore } from '../store/state.ts';
import { createDeployedNote, deployedHere } from './deployed.ts';
import { type EvaluatePorts, type EvaluateReport, evaluate } from './evaluate.ts';
import { createInventoryWriter } from './inventory-writer.ts';
import { loggedTick } from './logged-tick.ts';
import { createPushAudience } from './push-audience.ts';
import { RolledHours } from './rolled-hours.ts';
import { loadRouting, ROUTING_SETTINGS } from './routing.ts';
import { RULE_SETTINGS, readRuleFolder } from './rules.ts';
import { createRuleSource, type RulesNow } from './stored-rules.ts';
import { WindowReader } from './window.ts';

const text = v.pipe(v.string(), v.nonEmpty());
const httpUrl = v.pipe(v.string(), v.url(), v.regex(/^https?:/, 'not an http or https address'));

const SETTINGS = {
  ...TABLE_SETTINGS,
  ...ROLLUP_SETTINGS,
  ...RULE_SETTINGS,
  ...ROUTING_SETTINGS,
  /** Where notifications end that could not be delivered. Absent: in the log alone. */
  DELIVERY_DLQ_URL: v.optional(text),
  /** Only for a local or test SNS. */
  SNS_ENDPOINT: v.optional(v.pipe(v.string(), v.url())),
  /** Only for a local or test push service: an origin that may be internal, and without TLS. */
  PUSH_SERVICE_ORIGIN: v.optional(v.pipe(v.string(), v.url())),
  /** `false`: every coming and going of an alert is told, as Alertmanager does. */
  FLAPPING_DAMPED: v.optional(
    v.pipe(
      v.picklist(['true', 'false']),
      v.transform((text) => text === 'true'),
    ),
    'true',
  ),
  /** Where people reach this Hypervigil: what links in messages begin with. */
  EXTERNAL_URL: v.optional(httpUrl),
  /** Of the deployment, for the record: names and values that are no secrets, as JSON. Absent: none. */
  DEPLOYED_SETTINGS: v.optional(
    v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string())),
    '{}',
  ),
  /** Alertmanagers to tell of all alerts, separated by commas. */
  ALERTMANAGER_URLS: v.optional(
    v.pipe(
      v.string(),
      v.transform((list) => list.split(',').map((url) => url.trim())),
      v.array(httpUrl),
    ),
  ),
};

/** Rules that look further back see what this time can tell: of a host and hour some 5 KB are read. */
const MAX_WINDOW_MS = DAY_MS;
/** Enough for `up` and for a rule without a range. */
const MIN_WINDOW_MS = 6 * MINUTE_MS;

/** The series that tell where VMs are are kept in any case, however far back rules read. */
function withTopology({ windowMs, keepMs }: Needs): Needs {
  const names: ReadonlySet<string> = new Set(TOPOLOGY_METRICS);
  return {
    windowMs: Math.max(windowMs, TOPOLOGY_WINDOW_MS),
    keepMs: (name) => Math.max(keepMs(name), names.has(name) ? TOPOLOGY_WINDOW_MS : 0),
  };
}

function localSns(endpoint: string): SNSClientConfig {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { endpoint, region: 'local', credentials };
}

/** What changes when somebody edits rules: all of it, or nothing, so that a tick sees the samples its rules need. */
type Evaluated = Pick<EvaluatePorts, 'groups' | 'windowMs' | 'window'>;

/** A tick; it was due at `scheduledMs`, or is not of the schedule. */
interface Handler {
  (scheduledMs?: number): Promise<EvaluateReport>;
  /** A tick for an urgent batch, which was stored at `storedMs`. */
  readonly urgent: (storedMs: number) => Promise<EvaluateReport>;
}

/** Clocks of two functions differ by less. */
const CLOCK_SKEW_MS = 100;

/** Another tick may write first, and may have looked before the urgent batch was there. */
const URGENT_TRIES = 3;

/** What a tick leaves for so short a time gets one of its own; else the next one of the schedule does it. */
export const FOLLOW_UP_MS = 15_000;

/** What a function must have left to begin such a tick: one that is warm takes a few seconds. */
const FOLLOW_UP_TAKES_MS = 20_000;

/** A retry of a tick that was due longer ago speaks for now instead: data has gone on. */
const MAX_TICK_DELAY_MS = 2 * MINUTE_MS;

/** The evaluator for an environment: reads the rules, makes its clients, calls nothing yet. */
export function createHandler(
  environment: Readonly<Record<string, string | undefined>>,
  clock: () => number = Date.now,
): Handler {
  const settings = readSettings(SETTINGS, environment);
  const table = openTable(tableAddress(settings));
  const shards = createShards(table, settings.SHARD_COUNT, clock);
  const chunks = createChunkStore(table, shards);
  const retentionMs = settings.RAW_RETENTION_DAYS * DAY_MS;
  const keptDays = Math.max(
    settings.RAW_RETENTION_DAYS,
    settings.MINUTE_RETENTION_DAYS,
    settings.HOUR_RETENTION_DAYS,
  );
  const deployedRules = readRuleFolder(settings.RULES_DIR);
  const rules = createRuleSource(deployedRules, createRuleVersionStore(table));
  const routing = loadRouting(settings.RULES_DIR, settings);
  const externalUrl = settings.EXTERNAL_URL ?? '';
  const silences = createSilenceStore(table);
  const acknowledgements = createAcknowledgementStore(table);
  const alertmanagers = settings.ALERTMANAGER_URLS ?? [];
  const browsers = createPushAudience(createPushSubscriptions(table), Date.now);
  const ports: Omit<EvaluatePorts, keyof Evaluated> = {
    evaluation: {
      ...DEFAULT_EVALUATION,
      externalUrl,
      clockMs: () => performance.now(),
      intervalMs: settings.TICK_MS,
      sendsAlerts: alertmanagers.length > 0,
    },
    sendAlerts: createAlertmanagerSender(alertmanagers, sendTimeoutMs(settings.TICK_MS)),
    state: createStateStore(table),
    chunks,
    inventory: createInventoryWriter(createInventoryLedger(table), keptDays * DAY_MS),
    retentionMs,
    routing: async () => {
      const nowMs = clock();
      const [silenced, acknowledged] = await Promise.all([
        silences.list(nowMs),
        acknowledgements.list(nowMs),
      ]);
      return {
        config: routing.config,
        escalations: routing.escalations,
        silences: silenced,
        acknowledgements: acknowledged,
        flapping: settings.FLAPPING_DAMPED ? FLAPPING : undefined,
        externalUrl,
      };
    },
    pushWanted: browsers.wanted,
    delivery: {
      push: createPushDelivery({
        list: browsers.list,
        remove: browsers.remove,
        keys: () => readPushKeys(table),
        externalUrl,
        localOrigin: settings.PUSH_SERVICE_ORIGIN,
        nowMs: Date.now,
      }),
      config: routing.config,
      deliver: createDeliverer({
        externalUrl,
        templates: () => routing.templates,
        nowMs: clock,
        ...(settings.SNS_ENDPOINT === undefined ? {} : { sns: localSns(settings.SNS_ENDPOINT) }),
      }),
      deadLetter: createDeadLetters(settings.DELIVERY_DLQ_URL),
      record: createDeliveryStore(table).record,
    },
  };
  const openWindow = ({ keepMs }: Needs) =>
    new WindowReader(
      chunks.minute,
      keepMs,
      new RolledHours({
        rollups: createRollupReader(table),
        rollupState: cacheRollupState(
          createCompactionProgress(table),
          createLateHours(table),
          shards,
        ),
        inventory: cacheInventory(createInventoryStore(table)),
        keepMs,
      }),
      chunks,
    );
  let evaluated: Evaluated | undefined;
  /** What this tick evaluates. Other rules need other samples, so the window is read anew, as by a cold function. */
  const evaluatedNow = ({ groups }: RulesNow): Evaluated => {
    if (evaluated?.groups === groups) return evaluated;
    const needs = withTopology(needsOf(groups, MIN_WINDOW_MS));
    const windowMs = Math.min(needs.windowMs, MAX_WINDOW_MS);
    evaluated = { groups, windowMs, window: openWindow(needs) };
    return evaluated;
  };
  const refreshRules = () => withPatience(PATIENCE_MS.evaluateRead, rules.refresh);
  const withConfiguration = (report: EvaluateReport, now: RulesNow): EvaluateReport => {
    const instead = routing.instead === undefined ? [] : [routing.instead];
    const errors = [...now.errors, ...routing.errors, ...instead, ...report.errors];
    return { ...report, errors, ruleFilesUnusable: now.unusable.length };
  };
  const noteDeployed = createDeployedNote({
    here: deployedHere(
      manifest.version,
      settings.RULES_DIR,
      [...deployedRules.values()].flatMap(({ groups }) => groups),
      settings.DEPLOYED_SETTINGS,
    ),
    read: () => readDeployed(table),
    put: (deployed, revision) => putDeployed(table, deployed, revision),
    audit: createAuditLog(table, clock),
  });
  const scheduled = (scheduledMs?: number) =>
    withPatience(PATIENCE_MS.evaluate, async () => {
      const now = await refreshRules();
      const atMs = tickTime(scheduledMs, clock());
      const tickPorts = { ...ports, ...evaluatedNow(now) };
      const report = withConfiguration(await evaluate(tickPorts, atMs, clock), now);
      // After the tick: alerts come first.
      const unnoted = await noteDeployed();
      return unnoted === undefined ? report : { ...report, errors: [...report.errors, unnoted] };
    });
  const untilDone = async (storedMs: number) => {
    const now = await refreshRules();
    const tickPorts = { ...ports, ...evaluatedNow(now) };
    const once = () => evaluate(tickPorts, clock(), clock, storedMs + CLOCK_SKEW_MS);
    let report = await once();
    for (let tries = 1; report.superseded && tries < URGENT_TRIES; tries++) report = await once();
    return withConfiguration(report, now);
  };
  const urgent = (storedMs: number) =>
    withPatience(PATIENCE_MS.evaluate, () => untilDone(storedMs));
  return Object.assign(scheduled, { urgent });
}

/** The time to evaluate for: when the tick was due, if that is believable. */
function tickTime(scheduledMs: number | undefined, nowMs: number): number {
  if (scheduledMs === undefined || !(nowMs - scheduledMs <= MAX_TICK_DELAY_MS)) return nowMs;
  return Math.min(scheduledMs, nowMs);
}

/**
 * One tick more where the last one had to leave an alert because its group was told of something seconds ago.
 * Ticks of other functions go on meanwhile, and if one of them does it this one finds nothing to do.
 */
export async function followUp(
  { urgent }: Pick<Handler, 'urgent'>,
  first: EvaluateReport,
): Promise<EvaluateReport> {
  const waitMs = (first.nextFlushMs ?? Number.POSITIVE_INFINITY) - Date.now();
  const isTooLate = waitMs + FOLLOW_UP_TAKES_MS > patienceLeftMs();
  if (!(waitMs <= FOLLOW_UP_MS) || isTooLate) return first;
  await sleep(Math.max(0, waitMs));
  let second: EvaluateReport;
  try {
    second = await urgent(Date.now());
  } catch (error) {
    // The first one is done, and says so; what this one leaves is the next one's.
    const why = `the tick that was to follow at once: ${error instanceof Error ? error.message : error}`;
    return { ...first, errors: [...first.errors, why] };
  }
  return {
    ...(second.superseded ? first : second),
    published: [...first.published, ...second.published],
    errors: [...first.errors, ...second.errors],
    deliveriesFailed: first.deliveriesFailed + second.deliveriesFailed,
  };
}

const log = createLog('evaluate');

/** Half of the time between two: a tick that takes longer has little room left. */
const SLOW_TICK_MS = 30_000;

/** Lambda's entry point, once a minute and for urgent batches. */
export const handler = entryPoint(
  log,
  (environment) => {
    const evaluator = createHandler(environment);
    return loggedTick(log, environment, ({ scheduledMs, storedMs }) =>
      withPatience(PATIENCE_MS.evaluate, async () => {
        const first =
          storedMs === undefined ? await evaluator(scheduledMs) : await evaluator.urgent(storedMs);
        return followUp(evaluator, first);
      }),
    );
  },
  SLOW_TICK_MS,
);
