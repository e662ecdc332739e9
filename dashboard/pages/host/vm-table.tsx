import type { JSX } from 'preact';
import type { Polled } from '../../api/poll.ts';
import { Link } from '../../app/link.tsx';
import { useQuery } from '../../app/router.ts';
import { formatValue } from '../../format/unit.ts';
import { t } from '../../i18n/language.ts';
import type { Vm } from '../../machine/use-machine.ts';
import { Skeleton } from '../../ui/loading.tsx';
import { Problem } from '../../ui/problem.tsx';
import { VmState } from '../../ui/state.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Since } from '../../ui/time.tsx';
import { HOST } from './messages.ts';
import { type Resource, usageNow, type VmUsage } from './usage.ts';

interface VmTableProps {
  readonly vms: Polled<{ readonly vms: readonly Vm[] }>;
  readonly usages: readonly VmUsage[];
  /** Of what they used. */
  readonly timesMs: readonly number[];
}

interface Row {
  readonly vm: Vm;
  readonly usage: VmUsage | undefined;
}

const USAGE_COLUMNS = [
  ['cpu', HOST.colCpu, 'percent'],
  ['memory', HOST.colMemory, 'bytes'],
  ['disk', HOST.colDisk, 'bytes_per_second'],
  ['network', HOST.colNetwork, 'bytes_per_second'],
  ['steal', HOST.colSteal, 'percent'],
] as const satisfies readonly (readonly [Resource, unknown, string])[];

/** The VMs that the host has now, with what each takes. */
export function VmTable({ vms, usages, timesMs }: VmTableProps): JSX.Element {
  const [query, change] = useQuery();
  const { data, failure, refresh, atMs } = vms;
  if (data === undefined)
    return failure === undefined ? (
      <Skeleton lines={4} />
    ) : (
      <Problem failure={failure} retry={refresh} />
    );
  const byUuid = new Map(usages.map((usage) => [usage.uuid, usage]));
  const rows = data.vms.map((vm): Row => ({ vm, usage: byUuid.get(vm.uuid) }));
  const [column = 'cpu', way = 'down'] = (query.get('sort') ?? '').split('-').filter(Boolean);
  return (
    <>
      {failure !== undefined && <Problem failure={failure} staleMs={atMs} retry={refresh} />}
      <Table
        label={t(HOST.vms)}
        columns={columnsOf(timesMs)}
        rows={rows}
        rowKey={({ vm }) => vm.uuid}
        sorted={{ column, descending: way === 'down' }}
        onSort={(sorting) =>
          change({ sort: `${sorting.column}-${sorting.descending ? 'down' : 'up'}` }, 'replace')
        }
      />
    </>
  );
}

function columnsOf(timesMs: readonly number[]): Column<Row>[] {
  return [
    {
      id: 'name',
      title: t(HOST.vm),
      heads: true,
      sort: ({ vm }) => vm.name,
      cell: ({ vm }) => (
        <Link to="vm" query={{ uuid: vm.uuid }}>
          {vm.name}
        </Link>
      ),
    },
    {
      id: 'state',
      title: t(HOST.state),
      sort: ({ vm }) => vm.state,
      cell: ({ vm }) => (
        <>
          <VmState state={vm.state} />{' '}
          {vm.stateSince !== undefined && <Since ms={Date.parse(vm.stateSince)} />}
        </>
      ),
    },
    {
      id: 'vcpus',
      title: t(HOST.vcpus),
      numeric: true,
      sort: ({ vm }) => vm.vcpus,
      cell: ({ vm }) => formatValue(vm.vcpus, 'count'),
    },
    ...USAGE_COLUMNS.map(([resource, title, unit]): Column<Row> => {
      const usedBy = ({ usage }: Row) =>
        usage === undefined ? undefined : usageNow(usage, resource, timesMs);
      return {
        id: resource,
        title: t(title),
        numeric: true,
        sort: usedBy,
        cell: (row) => formatValue(usedBy(row), unit),
      };
    }),
  ];
}
