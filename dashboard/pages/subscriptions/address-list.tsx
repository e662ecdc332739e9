import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Subscriptions } from '../../../core/answers/subscriptions.ts';
import { useMay } from '../../api/caller.ts';
import { ask } from '../../api/client.ts';
import { asFailure } from '../../api/failure.ts';
import type { Polled } from '../../api/poll.ts';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { confirm } from '../../ui/confirm.tsx';
import { CopyField } from '../../ui/copy-field.tsx';
import { Empty } from '../../ui/empty.tsx';
import { PlusIcon } from '../../ui/icons.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { Problem } from '../../ui/problem.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.ts';
import { AddDialog } from './add-dialog.tsx';
import { type Address, addressesOf, pending, removable } from './addresses.ts';
import { ADDRESSES, LOCAL, TOPICS } from './messages.ts';
import { TopicTests } from './topic-tests.tsx';

/** Emails and phones: confirmed or not, added, asked again, removed. */
export function AddressList({ polled }: { readonly polled: Polled<Subscriptions> }): JSX.Element {
  const { data, failure, atMs, refresh } = polled;
  const may = useMay('addSubscriptions');
  const [isAdding, setAdding] = useState(false);
  const add = (
    <Button
      kind="primary"
      icon={<PlusIcon />}
      reason={may === false ? t(ADDRESSES.onlyAdmins) : undefined}
      onClick={() => setAdding(true)}
    >
      {t(ADDRESSES.add)}
    </Button>
  );
  return (
    <>
      <Card title={t(ADDRESSES.title)} actions={add}>
        <div class="stack">
          {failure !== undefined && <Problem failure={failure} staleMs={atMs} retry={refresh} />}
          {data === undefined ? (
            failure === undefined && <Skeleton lines={5} />
          ) : (
            <>
              <LocalNotes delivery={data.delivery} />
              <Addresses data={data} may={may === true} refresh={refresh} />
            </>
          )}
        </div>
      </Card>
      {data !== undefined && data.subscriptions.length > 0 && <TopicTests data={data} />}
      {data !== undefined && (
        <AddDialog
          open={isAdding}
          topics={data.topics}
          isAsked={data.delivery === 'aws'}
          onClose={(isAdded) => {
            setAdding(false);
            if (isAdded) refresh();
          }}
        />
      )}
    </>
  );
}

const VARIABLES = `HYPERVIGIL_SMTP_URL=smtps://USER:PASSWORD@mail.example.com
HYPERVIGIL_EMAIL_TO=you@example.com`;

function LocalNotes({ delivery }: Pick<Subscriptions, 'delivery'>): JSX.Element | null {
  if (delivery === 'aws') return null;
  return (
    <div class="subscriptions-note">
      {delivery === 'no-mail' && (
        <>
          <p>{t(LOCAL.noMail)}</p>
          <CopyField text={VARIABLES} label={t(LOCAL.variables)} multiline />
        </>
      )}
      <p>{t(LOCAL.sms)}</p>
    </div>
  );
}

interface AddressesProps {
  readonly data: Subscriptions;
  readonly may: boolean;
  readonly refresh: () => void;
}

function Addresses({ data, may, refresh }: AddressesProps): JSX.Element {
  const rows = addressesOf(data);
  if (rows.length === 0) return <Empty title={t(ADDRESSES.none)}>{t(ADDRESSES.noneHelp)}</Empty>;
  return (
    <Table
      label={t(ADDRESSES.title)}
      columns={columnsFor(may, refresh)}
      rows={rows}
      rowKey={({ key }) => key}
    />
  );
}

function columnsFor(may: boolean, refresh: () => void): readonly Column<Address>[] {
  return [
    { id: 'address', title: t(ADDRESSES.address), heads: true, cell: Who },
    { id: 'hears', title: t(ADDRESSES.hears), cell: Hears },
    { id: 'since', title: t(ADDRESSES.since), cell: Added },
    {
      id: 'actions',
      title: t(ADDRESSES.actions),
      isActions: true,
      cell: (address) => (may ? <Actions address={address} refresh={refresh} /> : null),
    },
  ];
}

function Who({ protocol, address }: Address): JSX.Element {
  const kind = protocol === 'email' || protocol === 'sms' ? t(ADDRESSES[protocol]) : protocol;
  return (
    <span class="subscriptions-who">
      <span class="quiet small">{kind}</span>
      <span class="subscriptions-address">{address}</span>
    </span>
  );
}

function Hears({ subscriptions }: Address): JSX.Element {
  const waits = subscriptions.some(({ state }) => state === 'pending');
  return (
    <div class="subscriptions-hears">
      <span class="row">
        {subscriptions.map(({ id, topic, state }) => (
          <Badge key={id} tone={state === 'confirmed' ? 'good' : 'warning'}>
            {t(TOPICS[topic])}
            {state === 'pending' && ` · ${t(ADDRESSES.pendingMark)}`}
          </Badge>
        ))}
      </span>
      {waits && <p class="quiet small">{t(ADDRESSES.pendingHelp)}</p>}
    </div>
  );
}

function Added({ subscriptions }: Address): JSX.Element {
  const here = subscriptions.find(({ from }) => from === 'here');
  if (here?.addedAt === undefined) return <span class="quiet">{t(ADDRESSES.fromSettings)}</span>;
  return (
    <span>
      <Time ms={Date.parse(here.addedAt)} />{' '}
      <span class="quiet">{t(ADDRESSES.by, here.addedBy ?? '')}</span>
    </span>
  );
}

interface ActionsProps {
  readonly address: Address;
  readonly refresh: () => void;
}

function Actions({ address, refresh }: ActionsProps): JSX.Element {
  const [isBusy, setBusy] = useState(false);
  const done = removable(address);
  const waiting = pending(address);
  const act = async (work: () => Promise<string | undefined>) => {
    setBusy(true);
    try {
      const said = await work();
      if (said !== undefined) toast(said);
    } catch (error) {
      toast(asFailure(error).message, 'critical');
    }
    setBusy(false);
    refresh();
  };
  const again = async () => {
    for (const { id } of waiting)
      await ask(`api/v1/subscriptions/${id}/confirmation`, { method: 'POST' });
    return t(ADDRESSES.asked, address.address);
  };
  const remove = async () => {
    const text = t(ADDRESSES.removeText, address.address);
    const action = t(ADDRESSES.remove);
    if (!(await confirm({ title: t(ADDRESSES.removeTitle), text, action }))) return undefined;
    for (const { id } of done) await ask(`api/v1/subscriptions/${id}`, { method: 'DELETE' });
    return t(ADDRESSES.removed, address.address);
  };
  const isWaiting = waiting.some(({ from }) => from === 'here');
  const reason = isWaiting ? t(ADDRESSES.pendingStays) : t(ADDRESSES.fromSettingsHelp);
  return (
    <span class="row">
      {waiting.length > 0 && (
        <Button small busy={isBusy} onClick={() => void act(again)}>
          {t(ADDRESSES.confirmAgain)}
        </Button>
      )}
      <Button
        small
        kind="danger"
        busy={isBusy}
        label={`${t(ADDRESSES.remove)}: ${address.address}`}
        reason={done.length === 0 ? reason : undefined}
        onClick={() => void act(remove)}
      >
        {t(ADDRESSES.remove)}
      </Button>
    </span>
  );
}
