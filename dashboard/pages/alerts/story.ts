import type { AlertExplanation, ExplainedDelivery } from '../../../core/answers/explain.ts';

/** What happened to an alert, one thing after the other. */
export type Event =
  | { readonly kind: 'active'; readonly atMs: number }
  | { readonly kind: 'fired'; readonly atMs: number; readonly heldMs: number }
  | { readonly kind: 'told'; readonly atMs: number; readonly delivery: ExplainedDelivery }
  | {
      readonly kind: 'repeats';
      readonly atMs: number;
      readonly count: number;
      readonly lastMs: number;
    }
  | { readonly kind: 'noData'; readonly atMs: number }
  | { readonly kind: 'keeps'; readonly atMs: number }
  | {
      readonly kind: 'acknowledged';
      readonly atMs: number;
      readonly by: string;
      readonly untilMs: number;
    }
  | { readonly kind: 'ended'; readonly atMs: number; readonly hasFired: boolean };

/** The life of an alert as a list of what happened, the oldest first. Reminders are counted, not listed. */
export function storyOf(explanation: AlertExplanation): Event[] {
  const { life, deliveries, acknowledgement } = explanation;
  const { activeAtMs, firedAtMs, endedAtMs, noDataSinceMs, keepFiringSinceMs } = life;
  const repeats = deliveries.filter((one) => one.repeated);
  const events: Event[] = [
    { kind: 'active', atMs: activeAtMs },
    ...(firedAtMs === undefined
      ? []
      : [{ kind: 'fired' as const, atMs: firedAtMs, heldMs: firedAtMs - activeAtMs }]),
    ...deliveries
      .filter((one) => !one.repeated)
      .map((delivery) => ({
        ...{ kind: 'told' as const, delivery },
        atMs: delivery.endedAtMs ?? delivery.decidedAtMs,
      })),
    ...repeatsOf(repeats),
    ...(noDataSinceMs === undefined ? [] : [{ kind: 'noData' as const, atMs: noDataSinceMs }]),
    ...(keepFiringSinceMs === undefined
      ? []
      : [{ kind: 'keeps' as const, atMs: keepFiringSinceMs }]),
    ...(acknowledgement === undefined
      ? []
      : [{ kind: 'acknowledged' as const, ...acknowledgement }]),
    ...(endedAtMs === undefined
      ? []
      : [{ kind: 'ended' as const, atMs: endedAtMs, hasFired: firedAtMs !== undefined }]),
  ];
  return events.sort((a, b) => a.atMs - b.atMs || ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

/** Of what happened at the same moment. */
const ORDER: readonly Event['kind'][] = [
  ...(['active', 'fired', 'acknowledged', 'noData', 'keeps', 'ended', 'told', 'repeats'] as const),
];

function repeatsOf(repeats: readonly ExplainedDelivery[]): Event[] {
  const times = repeats.map((one) => one.decidedAtMs);
  if (times.length === 0) return [];
  const atMs = Math.min(...times);
  return [{ kind: 'repeats', atMs, count: times.length, lastMs: Math.max(...times) }];
}

/** Why nobody hears of an alert just now; empty: somebody does. */
export type Quiet = 'silenced' | 'inhibited' | 'time' | 'nobody' | 'pending';

export function quietOf(explanation: AlertExplanation): Quiet[] {
  const { life, silences, inhibitions, routes, groups } = explanation;
  if (life.state === 'pending') return ['pending'];
  if (life.state !== 'firing') return [];
  const taking = routes.filter(({ takes }) => takes);
  return [
    ...(silences.length > 0 ? ['silenced' as const] : []),
    ...(inhibitions.length > 0 ? ['inhibited' as const] : []),
    ...(taking.length > 0 && taking.every(({ mutedBy }) => mutedBy.length > 0)
      ? ['time' as const]
      : []),
    ...(groups.every(({ integrations }) => integrations.length === 0) ? ['nobody' as const] : []),
  ];
}
