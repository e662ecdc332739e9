import type { JSX } from 'preact';
import type { Polled } from '../../api/poll.ts';
import { formatDuration } from '../../format/duration.ts';
import { t } from '../../i18n/language.ts';
import type { Vm } from '../../machine/use-machine.ts';
import { Card } from '../../ui/card.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { Problem } from '../../ui/problem.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { VM } from './messages.ts';
import type { Stay } from './states.ts';
import { HostLink, staysOf } from './timeline.tsx';

interface PlacementsProps {
  readonly history: Polled<{ readonly vm: Vm | undefined }>;
}

/** The hosts a VM was on, for as long as it is known: the newest first. */
export function Placements({ history }: PlacementsProps): JSX.Element {
  const { data, failure, refresh, atMs } = history;
  const stays = staysOf(data?.vm).reverse();
  return (
    <Card title={t(VM.placements)}>
      {failure !== undefined && <Problem failure={failure} staleMs={atMs} retry={refresh} />}
      {data === undefined && failure === undefined && <Skeleton lines={3} />}
      {data !== undefined && stays.length === 0 && (
        <p class="machine-quiet">{t(VM.noPlacements)}</p>
      )}
      {stays.length > 0 && (
        <Table
          label={t(VM.placements)}
          columns={columnsOf()}
          rows={stays}
          rowKey={({ host, fromMs }) => `${host} ${fromMs}`}
        />
      )}
    </Card>
  );
}

function columnsOf(): Column<Stay>[] {
  const endOf = ({ toMs }: Stay) => toMs ?? Date.now();
  return [
    {
      id: 'host',
      title: t(VM.host),
      heads: true,
      cell: (stay) => (
        <HostLink
          host={stay.host}
          {...(stay.toMs === undefined ? {} : { span: { fromMs: stay.fromMs, toMs: stay.toMs } })}
        />
      ),
    },
    { id: 'from', title: t(VM.from), cell: ({ fromMs }) => <Time ms={fromMs} /> },
    {
      id: 'to',
      title: t(VM.to),
      cell: ({ toMs }) => (toMs === undefined ? t(VM.now) : <Time ms={toMs} />),
    },
    {
      id: 'lasted',
      title: t(VM.lasted),
      numeric: true,
      cell: (stay) => formatDuration(endOf(stay) - stay.fromMs),
    },
  ];
}
