import type { JSX } from 'preact';
import type { Subscriptions } from '../../../core/answers/subscriptions.ts';
import { ask } from '../../api/client.ts';
import { type Polled, usePolled } from '../../api/poll.ts';
import { Link } from '../../app/link.tsx';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { subscribersOf } from './subscribers.ts';
import { PROTOCOLS, WHY } from './why-messages.ts';

/** Asked once for a page: SNS four times, and one read unit. What can't be known is not said. */
function useSubscriptions(): Polled<Subscriptions> {
  return usePolled('topics of alerts', (signal) =>
    ask<Subscriptions>('api/v1/subscriptions', { signal }),
  );
}

/** How many hear of a topic, and how: a message that SNS accepts reaches nobody where nobody is subscribed. */
export function TopicLine({ name }: { readonly name: string }): JSX.Element | null {
  const { data, failure } = useSubscriptions();
  // Its place is kept: what is below does not move.
  if (data === undefined && failure === undefined) return <p class="small">&nbsp;</p>;
  const found = data && subscribersOf(name, data);
  if (found === undefined) return null;
  const { ways, pending } = found;
  const counts = ways.map(({ protocol, count }) => t(WHY.hear, protocolText(protocol), count));
  return (
    <p class="small">
      <code>{name}</code>:{' '}
      {counts.length > 0 ? (
        counts.join(t(WHY.and))
      ) : (
        <Badge tone="warning">{t(WHY.nobodyHears)}</Badge>
      )}
      {pending > 0 && ` (${t(WHY.unconfirmed, pending)})`} ·{' '}
      <Link to="subscriptions">{t(WHY.subscriptions)}</Link>
    </p>
  );
}

function protocolText(protocol: string): string {
  return protocol === 'email' || protocol === 'sms' ? t(PROTOCOLS[protocol]) : protocol;
}
