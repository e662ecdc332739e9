import { createHash } from 'node:crypto';
import { pushSeverity } from '../../core/alerting/push-entries.ts';
import type { Notification } from '../../core/alertmanager/notification-types.ts';
import { pushMessage } from '../../core/delivery/push-message.ts';
import type { PushKeys } from '../store/push-keys.ts';
import type { PushSubscription } from '../store/push-subscriptions.ts';
import { type DeliveryResult, failure } from './delivery-result.ts';
import { type PushOutcome, type PushTerms, sendPush } from './push-service.ts';

export interface PushDeliveryPorts {
  readonly list: () => Promise<readonly PushSubscription[]>;
  readonly remove: (id: string) => Promise<void>;
  /** `undefined`: nobody ever subscribed. */
  readonly keys: () => Promise<PushKeys | undefined>;
  readonly externalUrl: string;
  readonly localOrigin?: string | undefined;
  readonly nowMs: () => number;
}

/** As `DeliveryResult`; where it failed, which browsers are still to be told. */
export type PushResult = DeliveryResult & { readonly remaining?: readonly string[] };

/** Tells all browsers that want it, or of them those `remaining`; never rejects. */
export type DeliverPush = (
  notification: Notification,
  remaining: readonly string[] | undefined,
  signal?: AbortSignal,
) => Promise<PushResult>;

/** Push services answer in some 100 ms, and a tick has 35 s for all. */
const AT_ONCE = 20;
/** A browser that was off over night shall say what it missed; a day later it is no news. */
const FIRING_TTL_SECONDS = 86_400;
const RESOLVED_TTL_SECONDS = 4 * 3600;

export function createPushDelivery(ports: PushDeliveryPorts): DeliverPush {
  return async (notification, remaining, signal) => {
    try {
      const severity = pushSeverity(notification);
      const all = await ports.list();
      const wanted = all.filter(
        ({ id, severities }) =>
          (remaining === undefined || remaining.includes(id)) && severities.includes(severity),
      );
      if (wanted.length === 0) return { ok: true, answer: 'no browser is subscribed any more' };
      const keys = await ports.keys();
      if (keys === undefined) return failure('the keys for push services are gone', false);
      const outcomes = await inTurns(fairly(wanted), (one) =>
        tell(one, notification, keys, ports, signal),
      );
      for (const [{ id }, { kind }] of outcomes) if (kind === 'gone') await ports.remove(id);
      return summed(outcomes);
    } catch (problem) {
      return failure(`push: ${problem instanceof Error ? problem.message : problem}`, true);
    }
  };
}

type Told = readonly [PushSubscription, PushOutcome];

/** So many at once, each as soon as another one is through: who does not answer holds up none but their place. */
async function inTurns(
  all: readonly PushSubscription[],
  tellOne: (one: PushSubscription) => Promise<PushOutcome>,
): Promise<Told[]> {
  const waiting = [...all];
  const told: Told[] = [];
  const work = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift())
      told.push([one, await tellOne(one)]);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, all.length) }, work));
  return told;
}

/**
 * One browser of each owner after the other, so that nobody's many come before another one's only one.
 */
function fairly(all: readonly PushSubscription[]): PushSubscription[] {
  const places = new Map<string, number>();
  const ranked = all.map((one) => {
    const owner = one.person ?? one.tokenId ?? one.owner;
    const place = places.get(owner) ?? 0;
    places.set(owner, place + 1);
    return { one, place };
  });
  return ranked.sort((a, b) => a.place - b.place).map(({ one }) => one);
}

function tell(
  subscription: PushSubscription,
  notification: Notification,
  keys: PushKeys,
  { externalUrl, localOrigin, nowMs }: PushDeliveryPorts,
  signal: AbortSignal | undefined,
): Promise<PushOutcome> {
  const tag = tagOf(notification);
  const message = pushMessage(notification, subscription.language, tag);
  const options = { keys, contact: pushContact(externalUrl), localOrigin, nowMs };
  return sendPush(
    subscription,
    JSON.stringify(message),
    termsOf(notification, tag),
    options,
    signal,
  );
}

function termsOf(notification: Notification, topic: string): PushTerms {
  const isResolved = notification.status === 'resolved';
  const isLow = isResolved || pushSeverity(notification) === 'info';
  return {
    topic,
    ttlSeconds: isResolved ? RESOLVED_TTL_SECONDS : FIRING_TTL_SECONDS,
    // What is not urgent a phone that saves its battery gets later.
    urgency: isLow ? 'normal' : 'high',
  };
}

/** 32 characters of base64url, made of the group: what is told of it last is what is shown. */
function tagOf({ groupKey }: Notification): string {
  return createHash('sha256').update(groupKey).digest('base64url').slice(0, 32);
}

/** Push services take no plain http address. */
export function pushContact(externalUrl: string): string {
  return externalUrl.startsWith('https://') ? externalUrl : 'mailto:hypervigil@example.com';
}

function summed(outcomes: readonly Told[]): PushResult {
  const sent = outcomes.filter(([, { kind }]) => kind === 'sent').length;
  const gone = outcomes.filter(([, { kind }]) => kind === 'gone').length;
  const goneText = gone === 0 ? '' : `; ${gone} had unsubscribed`;
  const head = `${sent} of ${outcomes.length} ${outcomes.length === 1 ? 'browser' : 'browsers'} told${goneText}`;
  const failures = outcomes.flatMap(([{ id }, outcome]) =>
    outcome.kind === 'failed' ? [{ ...outcome, id }] : [],
  );
  const [first] = failures;
  if (first === undefined) return { ok: true, answer: head };
  const again = failures.filter(({ retry }) => retry);
  const reason = `${head}; ${(again[0] ?? first).reason}`;
  if (again.length === 0) return failure(reason, false);
  const waitMs = Math.max(0, ...again.map(({ retryAfterMs = 0 }) => retryAfterMs));
  return {
    ...failure(reason, true),
    remaining: again.map(({ id }) => id),
    ...(waitMs === 0 ? {} : { retryAfterMs: waitMs }),
  };
}
