import { setTimeout as sleep } from 'node:timers/promises';
import { patienceLeftMs } from '../store/patience.ts';
import type { EvaluateReport } from './evaluate.ts';

/** What a tick leaves for so short a time gets one of its own; else the next one of the schedule does it. */
export const FOLLOW_UP_MS = 15_000;

/** What a function must have left to begin such a tick: one that is warm takes a few seconds. */
const FOLLOW_UP_TAKES_MS = 20_000;

/** A tick for an urgent batch, which was stored at `storedMs`. */
export type UrgentTick = (storedMs: number) => Promise<EvaluateReport>;

/**
 * One tick more where the last one had to leave an alert because its group was told of something seconds ago.
 * Ticks of other functions go on meanwhile, and if one of them does it this one finds nothing to do.
 */
export async function followUp(
  { urgent }: { readonly urgent: UrgentTick },
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
