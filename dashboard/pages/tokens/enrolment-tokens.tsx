import type { JSX } from 'preact';
import { ask } from '../../api/client.ts';
import { usePolled } from '../../api/poll.ts';
import { Link } from '../../app/link.tsx';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { Card } from '../../ui/card.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { Problem } from '../../ui/problem.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { EndButton } from './end-button.tsx';
import { OTHERS, TOKENS } from './messages.ts';
import type { EnrolmentTokenView } from './token-views.ts';

const KEY = 'enrolment-tokens';
const EVERY_MS = 60_000;

/** What hosts enrol with; for admins. */
export function EnrolmentTokens(): JSX.Element {
  const { data, failure, atMs, refresh } = usePolled(
    KEY,
    (signal) => ask<readonly EnrolmentTokenView[]>('api/v1/enrolment-tokens', { signal }),
    EVERY_MS,
  );
  if (data === undefined) {
    if (failure !== undefined) return <Problem failure={failure} retry={refresh} />;
    return <Skeleton height={240} />;
  }
  const toAddHost = <Link to="add-host">{t(OTHERS.addHost)}</Link>;
  return (
    <div class="stack">
      <p class="quiet">{t(OTHERS.enrolmentLead)}</p>
      {failure !== undefined && <Problem failure={failure} staleMs={atMs} retry={refresh} />}
      <Card flush>
        {data.length === 0 ? (
          <Empty title={t(OTHERS.noEnrolment)} action={toAddHost}>
            {t(OTHERS.noEnrolmentText)}
          </Empty>
        ) : (
          <Table
            label={t(TOKENS.enrolmentTab)}
            columns={columns()}
            rows={data}
            rowKey={({ id }) => id}
          />
        )}
      </Card>
    </div>
  );
}

function columns(): readonly Column<EnrolmentTokenView>[] {
  return [
    { id: 'id', title: t(OTHERS.id), heads: true, cell: ({ id }) => <code>{id}</code> },
    {
      id: 'state',
      title: t(OTHERS.state),
      cell: ({ state }) => (
        <Badge tone={state === 'good' ? 'good' : 'quiet'}>{t(OTHERS[state])}</Badge>
      ),
    },
    {
      id: 'uses',
      title: t(OTHERS.uses),
      numeric: true,
      cell: ({ uses, usesLeft }) => t(OTHERS.usesOf, usesLeft, uses),
    },
    {
      id: 'hosts',
      title: t(OTHERS.pattern),
      cell: ({ hosts, reEnrol }) => (
        <>
          {hosts === undefined ? t(OTHERS.anyHost) : <code>{hosts}</code>}
          {reEnrol && ` · ${t(OTHERS.again)}`}
        </>
      ),
    },
    {
      id: 'made',
      title: t(TOKENS.made),
      cell: ({ createdAt }) => <Time ms={Date.parse(createdAt)} />,
    },
    { id: 'ends', title: t(TOKENS.ends), cell: ({ endsAt }) => <Time ms={Date.parse(endsAt)} /> },
    {
      id: 'actions',
      title: t(TOKENS.actions),
      isActions: true,
      cell: ({ id, state }) =>
        state === 'good' && (
          <EndButton
            name={id}
            path={`api/v1/enrolment-tokens/${id}`}
            text={t(OTHERS.enrolmentRevoke)}
            listKey={KEY}
          />
        ),
    },
  ];
}
