import type { EvaluateReport } from '../../functions/evaluate/evaluate.ts';
import { FOLLOW_UP_MS } from '../../functions/evaluate/follow-up.ts';
import type { createHandler as createEvaluate } from '../../functions/evaluate/handler.ts';
import { createEvaluation } from './evaluation.ts';
import { createQueue } from './queue.ts';
import type { Reporter } from './reporter.ts';
import { startSchedule } from './schedule.ts';

interface Ticking {
  readonly evaluate: ReturnType<typeof createEvaluate>;
  readonly report: Reporter;
  readonly tickMs: number;
  /** Ticks have to wait. */
  readonly isHeld: () => boolean;
}

/** Ticks by the clock, and whenever what is returned is called: for batches that are urgent. */
export function startTicks(
  { evaluate, report, tickMs, isHeld }: Ticking,
  undo: (() => Promise<void>)[],
): () => void {
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
  const startTick = () => urgentTicks.add(Date.now());
  undo.push(async () => {
    clearTimeout(followUp);
    await urgentTicks.idle();
    // The tick that was under way may have asked for one more.
    clearTimeout(followUp);
  });
  const due = (dueMs: number) => followed(evaluate(dueMs));
  const schedule = startSchedule(tickMs, createEvaluation(due, report, isHeld));
  undo.push(schedule.stop);
  return startTick;
}
