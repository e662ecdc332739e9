import type { AlertInstance } from '../../../core/alerting/alert-state.ts';
import { labelsKey, labelsToObject } from '../../../core/series/labels.ts';
import type { ReplayedTick } from './step.ts';

/** One firing of one alert, from its beginning to its end. Times are ms since 1970. */
export interface Episode {
  /** The rule's name. */
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Since when the expression gave a value: `for` begins here. */
  readonly pendingFromMs: number;
  readonly firingFromMs: number;
  /** Absent: it still fires at the end of the replay. */
  readonly firingUntilMs?: number;
  /** What the expression gave when it began to fire; may be NaN or infinite. */
  readonly value: number;
}

/** All episodes of one alert's name. */
export interface RuleSummary {
  readonly alert: string;
  readonly count: number;
  readonly firingMs: number;
  /** Different label sets. */
  readonly alerts: number;
  readonly longestMs: number;
}

/** Of a rule that fires more often than that only the count is told. */
const MAX_EPISODES = 20_000;

interface Open {
  readonly alert: AlertInstance;
  readonly fromMs: number;
}

/** Follows alerts from tick to tick and keeps what fired since `fromMs`. */
export class Episodes {
  readonly #fromMs: number;
  readonly #open = new Map<string, Open>();
  readonly #closed: Episode[] = [];
  readonly #keys = new Map<string, Set<string>>();
  readonly #sums = new Map<string, { count: number; firingMs: number; longestMs: number }>();
  /** Left out of `all`; the sums have them. */
  dropped = 0;

  constructor(fromMs: number) {
    this.#fromMs = fromMs;
  }

  add({ atMs, alerts }: Pick<ReplayedTick, 'atMs' | 'alerts'>): void {
    const firing = new Map<string, AlertInstance>();
    for (const [rule, instances] of Object.entries(alerts)) {
      for (const alert of instances)
        if (alert.state === 'firing') firing.set(`${rule}\n${labelsKey(alert.labels)}`, alert);
    }
    for (const [key, open] of this.#open) {
      const now = firing.get(key);
      // One that ended and began again between two looks is another one.
      if (now !== undefined && now.firedAtMs === open.alert.firedAtMs) continue;
      this.#open.delete(key);
      this.#close(key, episodeOf(open, atMs));
    }
    for (const [key, alert] of firing) {
      if (!this.#open.has(key)) this.#open.set(key, { alert, fromMs: alert.firedAtMs ?? atMs });
    }
  }

  #close(key: string, episode: Episode): void {
    if ((episode.firingUntilMs ?? this.#fromMs) < this.#fromMs) return;
    this.#sum(key, episode, episode.firingUntilMs ?? this.#fromMs);
    if (this.#closed.length < MAX_EPISODES) this.#closed.push(episode);
    else this.dropped++;
  }

  #sum(key: string, { alert, firingFromMs }: Episode, untilMs: number): void {
    const firingMs = Math.max(0, untilMs - Math.max(firingFromMs, this.#fromMs));
    const sum = this.#sums.get(alert) ?? { count: 0, firingMs: 0, longestMs: 0 };
    this.#sums.set(alert, {
      count: sum.count + 1,
      firingMs: sum.firingMs + firingMs,
      longestMs: Math.max(sum.longestMs, firingMs),
    });
    const keys = this.#keys.get(alert) ?? new Set();
    this.#keys.set(alert, keys.add(key));
  }

  /** Ends the replay: what still fires has no end. Episodes by beginning, rules the noisiest first. */
  finish(atMs: number): {
    readonly episodes: readonly Episode[];
    readonly rules: readonly RuleSummary[];
  } {
    for (const [key, open] of this.#open) {
      const episode = episodeOf(open, undefined);
      this.#sum(key, episode, atMs);
      this.#closed.push(episode);
    }
    this.#open.clear();
    const rules = [...this.#sums].map(([alert, sum]) => ({
      alert,
      ...sum,
      alerts: this.#keys.get(alert)?.size ?? 0,
    }));
    return {
      episodes: this.#closed.sort((a, b) => a.firingFromMs - b.firingFromMs),
      rules: rules.sort((a, b) => b.count - a.count || b.firingMs - a.firingMs),
    };
  }
}

function episodeOf({ alert, fromMs }: Open, untilMs: number | undefined): Episode {
  const labels = labelsToObject(alert.labels);
  return {
    alert: labels['alertname'] ?? '',
    labels,
    pendingFromMs: alert.activeAtMs,
    firingFromMs: fromMs,
    ...(untilMs === undefined ? {} : { firingUntilMs: untilMs }),
    value: alert.value,
  };
}
