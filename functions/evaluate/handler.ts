import { MINUTE_MS } from '../../core/host-minute.ts';
import manifest from '../../package.json' with { type: 'json' };
import { entryPoint } from '../log/entry-point.ts';
import { createLog } from '../log/log.ts';
import { createAuditLog } from '../store/audit-log.ts';
import { createChunkStore } from '../store/chunks.ts';
import { putDeployed, readDeployed } from '../store/deployed.ts';
import { openTable } from '../store/dynamo.ts';
import { PATIENCE_MS, withPatience } from '../store/patience.ts';
import { createRuleVersionStore } from '../store/rule-versions.ts';
import { readSettings, tableAddress } from '../store/settings.ts';
import { createShards } from '../store/shards.ts';
import { createDeployedNote, deployedHere } from './deployed.ts';
import { type EvaluateReport, evaluate } from './evaluate.ts';
import { rulesWithWindow } from './evaluated-rules.ts';
import { evaluatorPorts } from './evaluator-ports.ts';
import { SETTINGS } from './evaluator-settings.ts';
import { followUp, type UrgentTick } from './follow-up.ts';
import { loggedTick } from './logged-tick.ts';
import { loadRouting } from './routing.ts';
import { readRuleFolder } from './rules.ts';
import { createRuleSource } from './stored-rules.ts';

/** A tick; it was due at `scheduledMs`, or is not of the schedule. */
interface Handler {
  (scheduledMs?: number): Promise<EvaluateReport>;
  readonly urgent: UrgentTick;
}

/** Clocks of two functions differ by less. */
const CLOCK_SKEW_MS = 100;

/** Another tick may write first, and may have looked before the urgent batch was there. */
const URGENT_TRIES = 3;

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
  const deployedRules = readRuleFolder(settings.RULES_DIR);
  const source = createRuleSource(deployedRules, createRuleVersionStore(table));
  const withWindow = rulesWithWindow({ table, shards, chunks });
  const routing = loadRouting(settings.RULES_DIR, settings);
  const ports = evaluatorPorts({ settings, table, chunks, routing, clock });
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
  const once = async (atMs: number, neededSinceMs?: number): Promise<EvaluateReport> => {
    let now = source.latest();
    const rules = async () => {
      now = await source.refresh();
      return withWindow(now);
    };
    const report = await evaluate({ ...ports, rules }, atMs, clock, neededSinceMs);
    const instead = routing.instead === undefined ? [] : [routing.instead];
    const errors = [...now.errors, ...routing.errors, ...instead, ...report.errors];
    return { ...report, errors, ruleFilesUnusable: now.unusable.length };
  };
  const scheduled = (scheduledMs?: number) =>
    withPatience(PATIENCE_MS.evaluate, async () => {
      const report = await once(tickTime(scheduledMs, clock()));
      // After the tick: alerts come first.
      const unnoted = await noteDeployed();
      return unnoted === undefined ? report : { ...report, errors: [...report.errors, unnoted] };
    });
  const untilDone = async (storedMs: number) => {
    const tries = () => once(clock(), storedMs + CLOCK_SKEW_MS);
    let report = await tries();
    for (let count = 1; report.superseded && count < URGENT_TRIES; count++) report = await tries();
    return report;
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
