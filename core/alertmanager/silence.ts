import { type AlertLabels, type LabelMatcher, matchesLabels } from './matcher.ts';

/** Mutes alerts that its matchers fit, for a time. Times are ms since 1970. */
export interface Silence {
  /** A UUID. */
  readonly id: string;
  /** One at least, of which one at least does not match the empty text. */
  readonly matchers: readonly LabelMatcher[];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly updatedAtMs: number;
  readonly createdBy: string;
  readonly comment: string;
  /** What tools note about it: links, ticket numbers. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Somebody has seen an alert and is at it: no repeats and no escalation while it lasts. */
export interface Acknowledgement {
  /** Of the alert. */
  readonly fingerprint: string;
  /** The alert's labels, for people. */
  readonly labels: AlertLabels;
  /** Holds for this firing only: when the alert began. */
  readonly alertStartsAtMs: number;
  readonly by: string;
  /** `''` when nothing was said. */
  readonly note: string;
  readonly atMs: number;
  readonly untilMs: number;
}

export type SilenceState = 'pending' | 'active' | 'expired';

export function silenceState(
  { startsAtMs, endsAtMs }: Pick<Silence, 'startsAtMs' | 'endsAtMs'>,
  nowMs: number,
): SilenceState {
  if (nowMs < startsAtMs) return 'pending';
  return nowMs < endsAtMs ? 'active' : 'expired';
}

/** Ids of the active silences that fit, in the order given. */
export function silencedBy(
  silences: readonly Silence[],
  labels: AlertLabels,
  nowMs: number,
): string[] {
  return silences
    .filter(
      (silence) =>
        silenceState(silence, nowMs) === 'active' && matchesLabels(silence.matchers, labels),
    )
    .map(({ id }) => id);
}

/**
 * Is the host under maintenance: silenced as a whole? So it is when an active silence asks for
 * nothing but a host and fits this one.
 */
export function underMaintenance(
  silences: readonly Silence[],
  host: string,
  nowMs: number,
): boolean {
  return silences.some(
    (silence) =>
      silenceState(silence, nowMs) === 'active' &&
      silence.matchers.length > 0 &&
      silence.matchers.every(({ name, matches }) => name === 'host' && matches(host)),
  );
}

/** Has somebody taken this firing of the alert on? A VM that moved to another host is still the same. */
export function isAcknowledged(
  acknowledgements: readonly Acknowledgement[],
  alert: {
    readonly labels: AlertLabels;
    readonly startsAtMs: number;
    readonly fingerprint: string;
  },
  nowMs: number,
): boolean {
  return acknowledgements.some(
    ({ fingerprint, labels, alertStartsAtMs, untilMs }) =>
      nowMs < untilMs &&
      alertStartsAtMs === alert.startsAtMs &&
      (fingerprint === alert.fingerprint || isSameVm(labels, alert.labels)),
  );
}

function isSameVm(a: AlertLabels, b: AlertLabels): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  names.delete('host');
  return names.has('uuid') && [...names].every((name) => a[name] === b[name]);
}
