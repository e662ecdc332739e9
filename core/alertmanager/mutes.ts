import type { AlertmanagerConfig, Route } from './config-types.ts';
import { createInhibitor } from './inhibit.ts';
import type { AlertLabels } from './matcher.ts';
import { type Silence, silencedBy } from './silence.ts';
import { mutedByTime } from './time-interval.ts';

/** Why an alert is not told just now; all empty: it is. */
export interface Muted {
  /** Ids of silences. */
  readonly silencedBy: readonly string[];
  /** Fingerprints of the alerts that inhibit it. */
  readonly inhibitedBy: readonly string[];
}

/** What is known of an alert when it is asked whether it may be told. */
export interface MuteSubject {
  readonly fingerprint: string;
  readonly labels: AlertLabels;
}

export interface Mutes {
  readonly of: (alert: MuteSubject) => Muted;
  readonly isMuted: (alert: MuteSubject) => boolean;
  /** Names of the time intervals for which a route says nothing now; `undefined` when it may speak. */
  readonly ofRoute: (route: Route) => readonly string[] | undefined;
}

/** What is muted at an instant, with these alerts firing. Asked twice about one alert it answers from memory. */
export function createMutes(
  config: Pick<AlertmanagerConfig, 'inhibitRules' | 'timeIntervals'>,
  silences: readonly Silence[],
  firing: readonly MuteSubject[],
  nowMs: number,
): Mutes {
  const inhibitedBy = createInhibitor(config.inhibitRules, firing);
  const known = new Map<string, Muted>();
  const of = (alert: MuteSubject): Muted => {
    const before = known.get(alert.fingerprint);
    if (before !== undefined) return before;
    const muted = {
      silencedBy: silencedBy(silences, alert.labels, nowMs),
      inhibitedBy: inhibitedBy(alert),
    };
    known.set(alert.fingerprint, muted);
    return muted;
  };
  return {
    of,
    isMuted: (alert) => {
      const muted = of(alert);
      return muted.silencedBy.length > 0 || muted.inhibitedBy.length > 0;
    },
    ofRoute: (route) => {
      const { muted, by } = mutedByTime(route, config, nowMs);
      return muted ? by : undefined;
    },
  };
}
