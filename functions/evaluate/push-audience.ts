import type { Severity } from '../../core/alerting/severity.ts';
import type { PushSubscription, PushSubscriptionStore } from '../store/push-subscriptions.ts';

/** Which browsers there are, as a tick asks: what they want to hear of, and to deliver it. */
export interface PushAudience {
  readonly wanted: () => Promise<ReadonlySet<Severity>>;
  readonly list: () => Promise<readonly PushSubscription[]>;
  readonly remove: (id: string) => Promise<void>;
}

/** Deciding and delivering are seconds apart: one read serves both. */
const REMEMBERED_MS = 10_000;

/**
 * One Query for a tick that tells somebody something new, none for all others. Where nobody has subscribed that is
 * one read unit; with a hundred browsers, some 15.
 */
export function createPushAudience(
  store: Pick<PushSubscriptionStore, 'list' | 'remove'>,
  nowMs: () => number,
): PushAudience {
  let known: { readonly atMs: number; readonly all: readonly PushSubscription[] } | undefined;
  const list = async () => {
    const atMs = nowMs();
    if (known === undefined || Math.abs(atMs - known.atMs) >= REMEMBERED_MS)
      known = { atMs, all: await store.list(atMs) };
    return known.all;
  };
  return {
    list,
    wanted: async () => new Set((await list()).flatMap(({ severities }) => severities)),
    remove: async (id) => {
      known = undefined;
      await store.remove(id);
    },
  };
}
