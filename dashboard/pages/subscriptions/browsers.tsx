import type { JSX } from 'preact';
import type { PushBrowser } from '../../../core/answers/push.ts';
import { ask } from '../../api/client.ts';
import { asFailure } from '../../api/failure.ts';
import { usePolled } from '../../api/poll.ts';
import { t } from '../../i18n/language.ts';
import { idOfEndpoint, subscriptionHere } from '../../push/this-browser.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { confirm } from '../../ui/confirm.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { Problem } from '../../ui/problem.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.ts';
import { BROWSERS, TOPICS } from './messages.ts';
import { ThisBrowser } from './this-browser.tsx';

/** The browsers that are sent push messages, and this one among them. */
export function Browsers(): JSX.Element {
  // One read unit for some six browsers; it changes by what people do here.
  const polled = usePolled('push browsers', (signal) =>
    ask<readonly PushBrowser[]>('api/v1/push/subscriptions', { signal }),
  );
  // Not told to anybody: only what this browser itself knows.
  const here = usePolled('push here', idHere);
  const { data, failure, atMs, refresh } = polled;
  const changed = () => {
    refresh();
    here.refresh();
  };
  return (
    <Card title={t(BROWSERS.title)}>
      <div class="stack">
        {failure !== undefined && <Problem failure={failure} staleMs={atMs} retry={refresh} />}
        {data === undefined || here.data === undefined ? (
          failure === undefined && (
            <div class="subscriptions-waiting">
              <Skeleton lines={6} />
            </div>
          )
        ) : (
          <ThisBrowser browsers={data} hereId={here.data.id} changed={changed} />
        )}
        {data !== undefined && data.length > 0 && (
          <List browsers={data} hereId={here.data?.id} changed={changed} />
        )}
      </div>
    </Card>
  );
}

async function idHere(): Promise<{ readonly id?: string }> {
  const subscription = await subscriptionHere();
  return subscription === undefined ? {} : { id: await idOfEndpoint(subscription.endpoint) };
}

interface ListProps {
  readonly browsers: readonly PushBrowser[];
  readonly hereId: string | undefined;
  readonly changed: () => void;
}

function List({ browsers, hereId, changed }: ListProps): JSX.Element {
  const columns: readonly Column<PushBrowser>[] = [
    {
      id: 'browser',
      title: t(BROWSERS.browser),
      heads: true,
      cell: ({ id, browser, service }) => (
        <span class="subscriptions-who">
          <span class="row">
            {browser} {id === hereId && <Badge tone="info">{t(BROWSERS.isThis)}</Badge>}
          </span>
          <span class="quiet small">{service}</span>
        </span>
      ),
    },
    { id: 'owner', title: t(BROWSERS.owner), cell: ({ owner }) => owner },
    {
      id: 'hears',
      title: t(BROWSERS.hears),
      cell: ({ severities }) => (
        <span class="row">
          {severities.map((severity) => (
            <Badge key={severity}>{t(TOPICS[severity])}</Badge>
          ))}
        </span>
      ),
    },
    { id: 'since', title: t(BROWSERS.since), cell: When },
    {
      id: 'actions',
      title: t(BROWSERS.remove),
      isActions: true,
      cell: (browser) => <RemoveButton browser={browser} changed={changed} />,
    },
  ];
  return (
    <div class="stack">
      <h3>{t(BROWSERS.list)}</h3>
      <Table label={t(BROWSERS.list)} columns={columns} rows={browsers} rowKey={({ id }) => id} />
    </div>
  );
}

function When({ createdAt, endsAt }: PushBrowser): JSX.Element {
  return (
    <span>
      <Time ms={Date.parse(createdAt)} />
      {endsAt !== undefined && (
        <span class="quiet">
          {' '}
          · {t(BROWSERS.until)} <Time ms={Date.parse(endsAt)} />
        </span>
      )}
    </span>
  );
}

interface RemoveButtonProps {
  readonly browser: PushBrowser;
  readonly changed: () => void;
}

function RemoveButton({ browser, changed }: RemoveButtonProps): JSX.Element {
  const remove = async () => {
    const title = t(BROWSERS.removeTitle);
    const text = t(BROWSERS.removeText, browser.browser);
    if (!(await confirm({ title, text, action: t(BROWSERS.remove) }))) return;
    try {
      await ask(`api/v1/push/subscriptions/${browser.id}`, { method: 'DELETE' });
      toast(t(BROWSERS.removed, browser.browser));
    } catch (error) {
      toast(asFailure(error).message, 'critical');
    }
    changed();
  };
  return (
    <Button
      small
      kind="danger"
      label={`${t(BROWSERS.remove)}: ${browser.browser}`}
      onClick={() => void remove()}
    >
      {t(BROWSERS.remove)}
    </Button>
  );
}
