import type { EvaluateReport } from '../../functions/evaluate/evaluate.ts';
import type { Reporter } from './reporter.ts';

/**
 * One tick as the schedule runs it: its report goes to the reporter, and so does its failure. While
 * `isHeld` says so, nothing is evaluated.
 */
export function createEvaluation(
  evaluate: (scheduledMs: number) => Promise<EvaluateReport>,
  reporter: Pick<Reporter, 'tick' | 'problem'>,
  isHeld: () => boolean,
): (dueMs: number) => Promise<void> {
  return async (dueMs) => {
    if (isHeld()) return;
    const startedMs = performance.now();
    try {
      const report = await evaluate(dueMs);
      reporter.tick(report, performance.now() - startedMs);
      reporter.problem(
        'evaluation',
        report.errors.length === 0 ? undefined : report.errors.join('; '),
      );
    } catch (error) {
      reporter.problem('evaluation', error instanceof Error ? error.message : String(error));
    }
  };
}
