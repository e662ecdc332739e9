import type { NotifiedAlert } from '../../core/alertmanager/notification-types.ts';
import type { Commit, History, Message } from './simulate.ts';

/**
 * A *run* is a firing of an alert as ticks saw it: from the first written tick that saw it to the last
 * before one that did not. The sample's value, which messages carry, tells which run is meant, whatever
 * clocks said.
 */
export interface Run {
  readonly index: number;
  readonly first: Commit;
  last: Commit;
  /** Between the first and the last tick before it that saw the alert not firing, since the run before. */
  readonly gapMs: number;
}

/** What a receiver was told of an alert: that a run began, or that it is over. */
export interface Word {
  readonly alert: string;
  readonly run: number;
  readonly status: NotifiedAlert['status'];
}

/** Runs of each alert, and which of its episodes is in which. */
export class Runs {
  readonly #runs = new Map<string, Run[]>();
  readonly #byEpisode = new Map<string, Run>();

  constructor(commits: readonly Commit[]) {
    let before: Commit | undefined;
    const overSince = new Map<string, Commit>();
    for (const commit of commits) {
      for (const alert of this.#runs.keys())
        if (!commit.seen.has(alert) && !overSince.has(alert)) overSince.set(alert, commit);
      for (const [alert, episode] of commit.seen) {
        const runs = this.#runs.get(alert) ?? [];
        this.#runs.set(alert, runs);
        let run = before?.seen.has(alert) === true ? runs.at(-1) : undefined;
        if (run === undefined) {
          const over = overSince.get(alert);
          const gapMs =
            over === undefined || before === undefined
              ? Number.POSITIVE_INFINITY
              : before.trueMs - over.trueMs;
          run = { index: runs.length + 1, first: commit, last: commit, gapMs };
          runs.push(run);
          overSince.delete(alert);
        }
        run.last = commit;
        this.#byEpisode.set(`${alert} ${episode}`, run);
      }
      before = commit;
    }
  }

  of(alert: string): readonly Run[] {
    return this.#runs.get(alert) ?? [];
  }

  /** The run an alert in a message is about. */
  wordOf({ labels, value, status }: NotifiedAlert): Word {
    const alert = `${labels['alertname']} ${labels['host']}`;
    const run = this.#byEpisode.get(`${alert} ${value}`);
    if (run === undefined) throw new Error(`${alert} ${status} ${value}: no tick has seen this`);
    return { alert, run: run.index, status };
  }
}

/** Messages by `<receiver>/<integration>`, in the order in which they came. */
export function byIntegration({ messages }: History): Map<string, Message[]> {
  return Map.groupBy(
    messages,
    ({ notification: { receiver, integration } }) => `${receiver}/${integration}`,
  );
}

export function show({ alert, run, status }: Word): string {
  return `${status === 'firing' ? '+' : '-'}${alert}#${run}`;
}
