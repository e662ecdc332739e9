import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useCaller } from '../../api/caller.ts';
import { ask } from '../../api/client.ts';
import { usePolled } from '../../api/poll.ts';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { Card } from '../../ui/card.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { Problem } from '../../ui/problem.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Checkbox } from '../../ui/text-field.tsx';
import { Time, useNow } from '../../ui/time.tsx';
import { EndButton } from './end-button.tsx';
import { TOKENS } from './messages.ts';
import { type ApiTokenView, endsSoon } from './token-views.ts';

export const API_TOKENS_KEY = 'tokens';
/** All tokens in one Query: a read unit for some ten of them. Nothing here changes by itself. */
const EVERY_MS = 5 * 60_000;

/** Own tokens; an admin's are all there are. */
export function ApiTokens(): JSX.Element {
  const isAdmin = useCaller()?.role === 'admin';
  const [showsEnded, setShowsEnded] = useState(false);
  const { data, failure, atMs, refresh } = usePolled(
    API_TOKENS_KEY,
    (signal) => ask<readonly ApiTokenView[]>('api/v1/tokens', { signal }),
    EVERY_MS,
  );
  const columns = useColumns();
  if (data === undefined) {
    if (failure !== undefined) return <Problem failure={failure} retry={refresh} />;
    return (
      <Card flush>
        <Skeleton height={320} />
      </Card>
    );
  }
  const shown = data.filter(({ state }) => showsEnded || state === 'good');
  return (
    <div class="stack">
      {failure !== undefined && <Problem failure={failure} staleMs={atMs} retry={refresh} />}
      <Card flush>
        {shown.length === 0 ? (
          <Empty title={t(data.length === 0 ? TOKENS.none : TOKENS.noneGood)}>
            {t(TOKENS.noneText)}
          </Empty>
        ) : (
          <Table
            label={t(TOKENS.title)}
            columns={columns}
            rows={shown}
            rowKey={({ id }) => id}
            sorted={{ column: 'made', descending: true }}
          />
        )}
      </Card>
      <div class="row tokens-foot">
        {data.some(({ state }) => state === 'ended') && (
          <Checkbox label={t(TOKENS.showEnded)} checked={showsEnded} onChange={setShowsEnded} />
        )}
        {!isAdmin && <p class="quiet small">{t(TOKENS.noneOfYours)}</p>}
      </div>
    </div>
  );
}

function useColumns(): readonly Column<ApiTokenView>[] {
  const nowMs = useNow();
  return [
    {
      id: 'name',
      title: t(TOKENS.name),
      heads: true,
      sort: ({ name }) => name,
      cell: ({ name, id }) => (
        <>
          {name}
          <div class="tokens-id">{id}</div>
        </>
      ),
    },
    {
      id: 'whose',
      title: t(TOKENS.whose),
      sort: ({ owner = '' }) => owner,
      cell: ({ owner, by }) => (
        <>
          {owner ?? t(TOKENS.service)}
          {by !== undefined && by !== owner && <div class="tokens-id">{t(TOKENS.by, by)}</div>}
        </>
      ),
    },
    { id: 'role', title: t(TOKENS.role), sort: ({ role }) => role, cell: ({ role }) => role },
    {
      id: 'areas',
      title: t(TOKENS.areas),
      cell: ({ areas }) => areas?.join(', ') ?? t(TOKENS.allAreas),
    },
    {
      id: 'made',
      title: t(TOKENS.made),
      sort: ({ createdAt }) => Date.parse(createdAt),
      cell: ({ createdAt }) => <Time ms={Date.parse(createdAt)} />,
    },
    {
      id: 'ends',
      title: t(TOKENS.ends),
      sort: ({ endsAt }) => (endsAt === undefined ? undefined : Date.parse(endsAt)),
      cell: (token) => <Ends token={token} nowMs={nowMs} />,
    },
    {
      id: 'actions',
      title: t(TOKENS.actions),
      isActions: true,
      cell: (token) =>
        token.state === 'good' && (
          <EndButton
            name={token.name}
            path={`api/v1/tokens/${token.id}`}
            text={t(TOKENS.revokeText, token.name)}
            listKey={API_TOKENS_KEY}
          />
        ),
    },
  ];
}

function Ends({ token, nowMs }: { readonly token: ApiTokenView; readonly nowMs: number }) {
  const { endsAt, state } = token;
  if (endsAt === undefined) return <span class="quiet">{t(TOKENS.never)}</span>;
  return (
    <>
      <Time ms={Date.parse(endsAt)} /> {state === 'ended' && <Badge>{t(TOKENS.ended)}</Badge>}
      {endsSoon(token, nowMs) && <Badge tone="warning">{t(TOKENS.endsSoon)}</Badge>}
    </>
  );
}
