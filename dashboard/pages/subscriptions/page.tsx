import type { JSX } from 'preact';
import type { Subscriptions } from '../../../core/answers/subscriptions.ts';
import { ask } from '../../api/client.ts';
import { usePolled } from '../../api/poll.ts';
import { t } from '../../i18n/language.ts';
import { PageFrame } from '../../ui/page.tsx';
import { AddressList } from './address-list.tsx';
import { Browsers } from './browsers.tsx';
import { PAGE } from './messages.ts';
import './subscriptions.css';

export const SUBSCRIPTIONS_KEY = 'subscriptions';
/** Whoever waits for somebody to confirm looks here. A question asks SNS four times, and reads one unit. */
const EVERY_MS = 30_000;

/** Who hears of alerts, and how somebody else comes to. */
export function Page(): JSX.Element {
  const polled = usePolled(
    SUBSCRIPTIONS_KEY,
    (signal) => ask<Subscriptions>('api/v1/subscriptions', { signal }),
    EVERY_MS,
  );
  return (
    <PageFrame title={t(PAGE.title)} lead={t(PAGE.lead)}>
      <div class="stack">
        <Browsers />
        <AddressList polled={polled} />
      </div>
    </PageFrame>
  );
}
