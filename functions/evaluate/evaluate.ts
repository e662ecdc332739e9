import { heedClockSetBack } from '../../core/alerting/clock-step.ts';
import type { EvaluationSettings, GroupWritten } from '../../core/alerting/evaluate-groups.ts';
import type { NotifySettings } from '../../core/alerting/notify.ts';
import {
  claimOutbox,
  type OutboxEntry,
  type Outcome,
  settleOutbox,
} from '../../core/alerting/outbox.ts';
import { newlyTold, withPushEntries } from '../../core/alerting/push-entries.ts';
import type { Severity } from '../../core/alerting/severity.ts';
import { decodeState, encodeState } from '../../core/alerting/state-encoding.ts';
import { type TickReport, tick } from '../../core/alerting/tick.ts';
import { nextFlushMs } from '../../core/alertmanager/next-flush.ts';
import type { Notification } from '../../core/alertmanager/notification-types.ts';
import { placedVms } from '../../core/inventory/placed-vms.ts';
import type { RuleGroup } from '../../core/rules/rule-file.ts';
import type { SendAlerts } from '../notify/alertmanager-target.ts';
import type { ChunkStore } from '../store/chunks.ts';
import type { Delivery } from '../store/deliveries.ts';
import { PATIENCE_MS, patienceLeftMs, withPatience } from '../store/patience.ts';
import type { StateStore } from '../store/state.ts';
import { type DeliveryPorts, deliverAll } from './deliveries.ts';
import type { InventoryWriter } from './inventory-writer.ts';
import type { WindowReader } from './window.ts';
import { writtenChunks } from './written-chunks.ts';

/** What changes when somebody edits rules: all of it, or nothing, so that a tick sees the samples its rules need. */
export interface EvaluatedRules {
  readonly groups: readonly RuleGroup[];
  /** How far back the rules read. */
  readonly windowMs: number;
  readonly window: Pick<WindowReader, 'load'>;
}

/** What the evaluator needs of the world. */
export interface EvaluatePorts {
  /**
   * The rules that hold. Asked after the state was read, which only a tick may replace that read it as it is: so no
   * tick goes on from what newer rules made with older ones.
   */
  readonly rules: () => Promise<EvaluatedRules>;
  readonly state: StateStore;
  /** Who is told what, with the silences and acknowledgements of now. */
  readonly routing: () => Promise<NotifySettings>;
  readonly delivery: DeliveryPorts;
  readonly chunks: Pick<ChunkStore, 'put'>;
  readonly inventory: InventoryWriter;
  /** How long the series that rules make are kept. */
  readonly retentionMs: number;
  /** Absent: once a minute, for nobody in particular. */
  readonly evaluation?: EvaluationSettings;
  /** Absent: there is no Alertmanager to tell. */
  readonly sendAlerts?: SendAlerts;
  /** What browsers want to hear of; asked only when somebody is told something new. Absent: there are none. */
  readonly pushWanted?: () => Promise<ReadonlySet<Severity>>;
}

/** What a tick did, for whoever called: a log line, the terminal. */
export interface EvaluateReport extends TickReport {
  readonly published: readonly Notification[];
  /** Another tick was quicker, and did the work; nothing here was done. */
  readonly superseded: boolean;
  /** Attempts to deliver that failed. */
  readonly deliveriesFailed: number;
  /** When an alert that nobody was told of yet may be: its group waits. */
  readonly nextFlushMs?: number | undefined;
  /** Rule files that are not evaluated as they were saved or deployed. */
  readonly ruleFilesUnusable?: number;
}

/** A tick that finds its state replaced under it while it clears what it delivered tries this often. */
const MAX_CLEARS = 8;

/** After a pause in which no tick ran, hosts that died meanwhile are still looked for this far back. */
const MAX_CATCH_UP_MS = 60 * 60_000;

const NOTHING_DONE: Omit<EvaluateReport, 'atMs'> = {
  firing: [],
  pending: [],
  hosts: [],
  errors: [],
  published: [],
  superseded: true,
  deliveriesFailed: 0,
};

/**
 * One tick: read, decide, write, then deliver. New state and outbox are one conditional write, so a
 * crash before it changes nothing and a crash after it leaves the outbox to the next tick. Of two
 * ticks at once one writes; the other has done nothing.
 *
 * `tickMs` is the time the tick was due, which is a little before now: rules are evaluated for it, so
 * that ticks lie a whole interval apart and a `for` of a minute is over at the next one. One not
 * later than the last tick is a retry of it and has nothing to do.
 *
 * `neededSinceMs`: a tick that began at this time or later has done what this one is for, so that a
 * hundred urgent batches at once do not cost a hundred looks at the fleet.
 */
export async function evaluate(
  ports: EvaluatePorts,
  tickMs: number,
  clock: () => number = Date.now,
  neededSinceMs?: number,
): Promise<EvaluateReport> {
  const readEndMs = performance.now() + PATIENCE_MS.evaluateRead;
  const reading = <T>(read: () => Promise<T>): Promise<T> =>
    withPatience(readEndMs - performance.now(), read);
  const stored = await reading(ports.state.read);
  const before = heedClockSetBack(decodeState(stored), tickMs, clock());
  if (neededSinceMs !== undefined && before.lastTickMs >= neededSinceMs)
    return { ...NOTHING_DONE, atMs: tickMs };
  const rules = await reading(ports.rules);
  const pauseMs =
    before.lastTickMs === 0 ? 0 : Math.min(tickMs - before.lastTickMs, MAX_CATCH_UP_MS);
  const window = await reading(() =>
    rules.window.load(tickMs - rules.windowMs - Math.max(0, pauseMs), tickMs),
  );
  const {
    state,
    report,
    written: made,
    toSend,
  } = tick({
    groups: rules.groups,
    windowMs: rules.windowMs,
    window,
    state: before,
    nowMs: tickMs,
    notify: await reading(ports.routing),
    ...(ports.evaluation === undefined ? {} : { evaluation: ports.evaluation }),
  });
  if (tickMs <= before.lastTickMs)
    return { ...report, published: [], superseded: true, deliveriesFailed: 0 };
  const nowMs = clock();
  const push = await withPush(ports, before.outbox, state.outbox);
  const { outbox, claimed } = claimOutbox(push.outbox, nowMs);
  const written = await ports.state.replace(stored, encodeState({ ...state, outbox }, stored));
  if (!written) return { ...report, published: [], superseded: true, deliveriesFailed: 0 };
  // Beside the rest: one that does not answer holds nobody up.
  const sending = ports.sendAlerts?.(toSend) ?? [];
  const deliverWithinMs = patienceLeftMs() - PATIENCE_MS.evaluateSettle;
  const delivered = await deliverAll(claimed, ports.delivery, clock, deliverWithinMs);
  const clearErrors = await settle(ports.state, delivered.outcomes, clock);
  const recordErrors = await recordAll(ports.delivery, delivered.records);
  // After people have been told: nobody's night depends on these.
  const storeErrors = await storeWritten(ports, made, tickMs);
  const inventoryErrors = await ports.inventory.update(
    { seen: window.seen, placed: placedVms(state.topology), written: made },
    tickMs,
  );
  const sendErrors = await sending;
  return {
    ...report,
    published: delivered.published,
    errors: [
      ...report.errors,
      ...push.errors,
      ...waiting(outbox, claimed),
      ...delivered.errors,
      ...clearErrors,
      ...recordErrors,
      ...storeErrors,
      ...inventoryErrors,
      ...sendErrors,
    ],
    superseded: false,
    deliveriesFailed: delivered.failed,
    nextFlushMs: nextFlushMs(state.groups, tickMs),
  };
}

/** With what browsers are to be told. Whom else to tell waits for nothing of theirs. */
async function withPush(
  { pushWanted }: EvaluatePorts,
  before: readonly OutboxEntry[],
  after: readonly OutboxEntry[],
): Promise<{ outbox: readonly OutboxEntry[]; errors: readonly string[] }> {
  const told = newlyTold(before, after);
  if (told.length === 0 || pushWanted === undefined) return { outbox: after, errors: [] };
  try {
    return { outbox: withPushEntries(after, told, await pushWanted()), errors: [] };
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    return { outbox: after, errors: [`browsers are not told of ${told.length} messages: ${why}`] };
  }
}

/** Stores what rules made. Lost, it is a gap of a minute in series that the next tick goes on with. */
async function storeWritten(
  { chunks, retentionMs }: EvaluatePorts,
  made: readonly GroupWritten[],
  nowMs: number,
): Promise<string[]> {
  try {
    for (const chunk of writtenChunks(made, nowMs))
      await chunks.put(chunk, 'shorter', chunk.firstMs + retentionMs);
    return [];
  } catch (error) {
    return [`series of rules were not stored: ${error instanceof Error ? error.message : error}`];
  }
}

/** What failed before and is not tried at this tick: else a receiver that fails would seem well now and then. */
function waiting(outbox: readonly OutboxEntry[], claimed: readonly OutboxEntry[]): string[] {
  const taken = new Set(claimed);
  const failed = outbox.filter((entry) => entry.attempts > 0 && !taken.has(entry));
  return failed.map(({ notification: { id, receiver, integration } }) => {
    return `notification ${id} to ${receiver}/${integration} waits to be tried again`;
  });
}

/**
 * Takes what was delivered out of the outbox and lets go of the rest, whatever else was written
 * meanwhile. Never throws: a table that throttles once must not make people hear everything twice.
 */
async function settle(
  store: StateStore,
  outcomes: ReadonlyMap<string, Outcome>,
  clock: () => number,
): Promise<string[]> {
  if (outcomes.size === 0) return [];
  let why = 'other ticks wrote meanwhile';
  for (let attempt = 0; attempt < MAX_CLEARS; attempt++) {
    try {
      const stored = await store.read();
      const state = decodeState(stored);
      const outbox = settleOutbox(state.outbox, outcomes, clock());
      if (await store.replace(stored, encodeState({ ...state, outbox }, stored))) return [];
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
  }
  return [
    `the outbox could not be cleared in ${MAX_CLEARS} tries (${why}): ${[...outcomes.keys()].join(', ')} may be sent again`,
  ];
}

/** For people who ask later what was told to whom; a record that is lost changes nothing else. */
async function recordAll(
  { record }: DeliveryPorts,
  records: readonly Delivery[],
): Promise<string[]> {
  const results = await Promise.allSettled(records.map(record));
  const [failure] = results.filter((result) => result.status === 'rejected');
  if (failure === undefined) return [];
  const { reason } = failure;
  return [`deliveries were not recorded: ${reason instanceof Error ? reason.message : reason}`];
}
