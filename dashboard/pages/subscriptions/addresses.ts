import type {
  Subscriptions,
  SubscriptionTopic,
  SubscriptionView,
} from '../../../core/answers/subscriptions.ts';

/** An address with all it is subscribed to. */
export interface Address {
  readonly key: string;
  readonly protocol: string;
  readonly address: string;
  /** In the order of the topics. */
  readonly subscriptions: readonly SubscriptionView[];
}

/** One row an address, emails first, then phones, then the rest; each by its name. */
export function addressesOf({ subscriptions, topics }: Subscriptions): readonly Address[] {
  const byKey = Map.groupBy(subscriptions, ({ protocol, address }) => `${protocol} ${address}`);
  const found = [...byKey].map(([key, all]): Address => {
    const [first] = all;
    return {
      key,
      protocol: first?.protocol ?? '',
      address: first?.address ?? '',
      subscriptions: all.toSorted((a, b) => topics.indexOf(a.topic) - topics.indexOf(b.topic)),
    };
  });
  const rank = ({ protocol }: Address) => {
    const at = ['email', 'sms'].indexOf(protocol);
    return at < 0 ? 2 : at;
  };
  return found.sort((a, b) => rank(a) - rank(b) || a.address.localeCompare(b.address));
}

/** Those that can be removed here. */
export function removable({ subscriptions }: Address): readonly SubscriptionView[] {
  return subscriptions.filter(({ from, state }) => from === 'here' && state === 'confirmed');
}

export function pending({ subscriptions }: Address): readonly SubscriptionView[] {
  return subscriptions.filter(({ state }) => state === 'pending');
}

/** How many hear a message to a topic, phones among them. */
export function audienceOf(
  { subscriptions }: Subscriptions,
  topic: SubscriptionTopic,
): { readonly all: number; readonly phones: number } {
  const heard = subscriptions.filter((one) => one.topic === topic && one.state === 'confirmed');
  return { all: heard.length, phones: heard.filter(({ protocol }) => protocol === 'sms').length };
}
