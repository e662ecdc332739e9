import type { EvaluateReport } from '../../functions/evaluate/evaluate.ts';
import type { Reporter } from './reporter.ts';

/**
 * One tick as the schedule or an urgent batch asks for it: its report goes to the reporter, and so does
 * its failure. One that finds its work done by another has none. While `isHeld` says so, nothing is
 * evaluated.
 */
export function createEvaluation(
  evaluate: (forMs: number) => Promise<EvaluateReport>,
  reporter: Pick<Reporter, 'tick' | 'problem'>,
  isHeld: () => boolean,
): (forMs: number) => Promise<void> {
  return async (forMs) => {
    if (isHeld()) return;
    const startedMs = performance.now();
    try {
      const report = await evaluate(forMs);
      if (report.superseded) return;
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
