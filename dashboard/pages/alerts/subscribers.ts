import type { Subscriptions } from '../../../core/answers/subscriptions.ts';

/** Who is subscribed to a topic just now. */
export interface Subscribers {
  /** Of each way, `email`, `sms`, `https` ...; most first. Empty: nobody hears of it. */
  readonly ways: readonly { readonly protocol: string; readonly count: number }[];
  /** Asked, but not agreed: they hear nothing. */
  readonly pending: number;
}

/** Those of the topic of a name; `undefined`: it is none of this deployment's, so nobody here knows. */
export function subscribersOf(
  name: string,
  { names, subscriptions }: Pick<Subscriptions, 'names' | 'subscriptions'>,
): Subscribers | undefined {
  const topic = Object.entries(names).find(([, known]) => known === name)?.[0];
  if (topic === undefined) return undefined;
  const all = subscriptions.filter((one) => one.topic === topic);
  const confirmed = all.filter(({ state }) => state === 'confirmed');
  const ways = [...Map.groupBy(confirmed, ({ protocol }) => protocol)]
    .map(([protocol, some]) => ({ protocol, count: some.length }))
    .sort((a, b) => b.count - a.count || (a.protocol < b.protocol ? -1 : 1));
  return { ways, pending: all.length - confirmed.length };
}
