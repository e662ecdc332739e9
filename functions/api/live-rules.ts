import type { LoadedRules } from '../evaluate/rules.ts';
import type { RuleSource } from '../evaluate/stored-rules.ts';

/** A page that polls shows an edited rule so much later; a function that is asked often reads one item so often. */
const LOOK_EVERY_MS = 5000;

/** The rules that hold, as of the last look. */
export interface LiveRules {
  /** What it gives changes with each look. */
  readonly rules: LoadedRules;
  /** Looks, unless that was done a moment ago. Throws as `RuleSource.refresh`. */
  readonly look: () => Promise<void>;
}

export function liveRules(source: RuleSource, clockMs: () => number): LiveRules {
  let lookedMs = Number.NEGATIVE_INFINITY;
  return {
    rules: {
      get groups() {
        return source.latest().groups;
      },
      get errors() {
        return source.latest().errors;
      },
    },
    look: async () => {
      const nowMs = clockMs();
      if (nowMs - lookedMs < LOOK_EVERY_MS) return;
      await source.refresh();
      lookedMs = nowMs;
    },
  };
}

/** Queries, which are most of what is asked, are not about rules. */
const ABOUT_SAMPLES =
  /^\/api\/v1\/(query|query_range|query_exemplars|format_query|series|labels|label|metadata)(\/|$)/;

export function isAboutRules(path: string): boolean {
  return !ABOUT_SAMPLES.test(path);
}
