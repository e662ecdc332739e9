import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { askPage } from '../../api/client.ts';
import { usePolled } from '../../api/poll.ts';
import { Link } from '../../app/link.tsx';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { Card } from '../../ui/card.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { Problem } from '../../ui/problem.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { Time } from '../../ui/time.tsx';
import { EndButton } from './end-button.tsx';
import { OTHERS, TOKENS } from './messages.ts';
import type { KeyView } from './token-views.ts';

const KEY = 'keys';
/** Rows are all drawn; who looks for one of thousands names it. */
const LIMIT = '200';

/** Keys of hosts, and of senders of others' samples; for admins. */
export function HostKeys(): JSX.Element {
  const [typed, setTyped] = useState('');
  const [name, setName] = useState('');
  const { data, failure, atMs, refresh } = usePolled(`${KEY} ${name}`, (signal) => {
    const pattern = name === '' || name.includes('*') ? name : `*${name}*`;
    return askPage<readonly KeyView[]>('api/v1/keys', {
      query: { limit: LIMIT, name: pattern === '' ? undefined : pattern },
      signal,
    });
  });
  return (
    <div class="stack">
      <p class="quiet">{t(OTHERS.keysLead)}</p>
      <div class="tokens-search">
        <TextField
          label={t(OTHERS.search)}
          help={t(OTHERS.searchHelp)}
          type="search"
          value={typed}
          onChange={(value) => {
            setTyped(value);
            if (value === '') setName('');
          }}
          onEnter={() => setName(typed.trim())}
          search
        />
      </div>
      {failure !== undefined && (
        <Problem
          failure={failure}
          retry={refresh}
          staleMs={data === undefined ? undefined : atMs}
        />
      )}
      {data === undefined ? (
        failure === undefined && <Skeleton height={320} />
      ) : (
        <>
          <Card flush>
            {data.data.length === 0 ? (
              <Empty title={t(OTHERS.noKeys)}>{t(OTHERS.noKeysText)}</Empty>
            ) : (
              <Table
                label={t(TOKENS.keysTab)}
                columns={columns()}
                rows={data.data}
                rowKey={({ id }) => id}
              />
            )}
          </Card>
          {data.warnings.map((warning) => (
            <p class="quiet small" key={warning}>
              {warning}
            </p>
          ))}
        </>
      )}
    </div>
  );
}

function columns(): readonly Column<KeyView>[] {
  return [
    {
      id: 'owner',
      title: t(OTHERS.owner),
      heads: true,
      cell: ({ name, kind, id }) => (
        <>
          {kind === 'host' ? (
            <Link to="host" query={{ name }}>
              {name}
            </Link>
          ) : (
            `${name} (${t(OTHERS.sender)})`
          )}
          <div class="tokens-id">{id}</div>
        </>
      ),
    },
    {
      id: 'state',
      title: t(OTHERS.state),
      cell: ({ state }) => (
        <Badge tone={state === 'good' ? 'good' : 'quiet'}>
          {t(state === 'good' ? OTHERS.good : OTHERS.revoked)}
        </Badge>
      ),
    },
    {
      id: 'made',
      title: t(TOKENS.made),
      cell: ({ createdAt, by }) => (
        <>
          <Time ms={Date.parse(createdAt)} />
          {by !== undefined && <div class="tokens-id">{t(TOKENS.by, by)}</div>}
        </>
      ),
    },
    {
      id: 'ends',
      title: t(TOKENS.ends),
      cell: ({ endsAt }) =>
        endsAt === undefined ? (
          <span class="quiet">{t(TOKENS.never)}</span>
        ) : (
          <Time ms={Date.parse(endsAt)} />
        ),
    },
    {
      id: 'actions',
      title: t(TOKENS.actions),
      isActions: true,
      cell: ({ id, name, state }) =>
        state === 'good' && (
          <EndButton
            name={name}
            path={`api/v1/keys/${id}`}
            text={t(OTHERS.keyRevoke, name)}
            listKey={KEY}
          />
        ),
    },
  ];
}
