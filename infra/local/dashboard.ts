import { buildDashboard, builtDashboard } from '../dashboard-build/build.ts';

/** The dashboard to serve, or why there is none: everything else works without. */
export interface LocalDashboard {
  readonly folder?: string;
  readonly problem?: string;
}

/** Builds the dashboard if its sources are not those of the last build: in about a second, and says so. */
export async function openDashboard(say: (line: string) => void): Promise<LocalDashboard> {
  const built = builtDashboard();
  if (built !== undefined) return { folder: built };
  const startedMs = performance.now();
  try {
    const folder = await buildDashboard();
    const tookMs = Math.round(performance.now() - startedMs);
    say(`hypervigil: the dashboard was built in ${tookMs} ms`);
    return { folder };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { problem: `not built, so there are no pages: ${reason.split('\n', 1)[0]}` };
  }
}
