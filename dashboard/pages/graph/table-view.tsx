import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Labels } from '../../api/prometheus.ts';
import { Link } from '../../app/link.tsx';
import { formatValue } from '../../format/unit.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { CopyIcon } from '../../ui/icons.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { Menu } from '../../ui/menu.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Checkbox } from '../../ui/text-field.tsx';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.ts';
import type { TableAnswer } from './answer.ts';
import { type TableRow, toCsv, toJson } from './copy.ts';
import { GRAPH } from './messages.ts';
import { AnswerNotes } from './notes.tsx';
import { labelColumns, seriesText } from './series-names.ts';
import { unitOfExpr } from './threshold.ts';

/** More columns than that are too narrow to read. */
const COLUMNS_MOST = 8;
const ROWS_FIRST = 100;
const ROWS_MORE = 500;

interface TableViewProps {
  readonly expr: string;
  readonly table?: TableAnswer;
  readonly isLoading: boolean;
}

/** The values at a moment: a row a series, a column a label. */
export function TableView({ expr, table, isLoading }: TableViewProps): JSX.Element {
  const [isCompact, setCompact] = useState<boolean>();
  const [most, setMost] = useState(ROWS_FIRST);
  if (table === undefined) return <Skeleton lines={6} />;
  const { rows, atMs, type } = table;
  const names = labelColumns(rows.map(({ labels }) => labels));
  const compact = isCompact ?? names.length > COLUMNS_MOST;
  const unit = unitOfExpr(expr);
  const columns: Column<TableRow>[] = [
    ...(compact
      ? [seriesColumn()]
      : names.map(
          (name): Column<TableRow> => ({
            id: name,
            title: name === '__name__' ? t(GRAPH.metric) : name,
            cell: ({ labels }) => <LabelValue labels={labels} name={name} />,
            sort: ({ labels }) => labels[name],
          }),
        )),
    {
      id: 'value',
      title: t(GRAPH.value),
      numeric: true,
      cell: (row) => <Value row={row} unit={unit} isText={type === 'string'} />,
      sort: ({ value }) => (type === 'string' ? value : numberOf(value)),
    },
  ];
  const left = rows.length - most;
  return (
    <div class={isLoading ? 'graph-result graph-busy' : 'graph-result'} aria-busy={isLoading}>
      {rows.length === 0 ? (
        <Empty title={t(GRAPH.noValue)} />
      ) : (
        <>
          <div class="graph-table-head">
            <Checkbox label={t(GRAPH.compact)} checked={compact} onChange={setCompact} />
            <Menu
              label={t(GRAPH.copyAs)}
              class="button button-plain"
              button={
                <>
                  <CopyIcon /> {t(GRAPH.copyAs)}
                </>
              }
              items={[
                { text: t(GRAPH.csv), onSelect: () => void copy(toCsv(rows), rows.length) },
                { text: t(GRAPH.json), onSelect: () => void copy(toJson(rows), rows.length) },
              ]}
            />
          </div>
          <Table
            label={expr}
            columns={columns}
            rows={rows.slice(0, most)}
            rowKey={({ labels }) => seriesText(labels)}
          />
          {left > 0 && (
            <Button onClick={() => setMost(most + ROWS_MORE)}>
              {t(GRAPH.showMore, Math.min(left, ROWS_MORE))}
            </Button>
          )}
        </>
      )}
      <AnswerNotes notes={table} count={rows.length} more={<Time ms={atMs} />} />
    </div>
  );
}

/** Hosts and VMs lead to their pages. */
function LabelValue({ labels, name }: { readonly labels: Labels; readonly name: string }) {
  const value = labels[name] ?? '';
  const { uuid } = labels;
  if (value !== '' && name === 'host')
    return (
      <Link to="host" query={{ name: value }}>
        {value}
      </Link>
    );
  if (value !== '' && name === 'vm' && uuid !== undefined)
    return (
      <Link to="vm" query={{ uuid }}>
        {value}
      </Link>
    );
  return <>{value}</>;
}

function seriesColumn(): Column<TableRow> {
  return {
    id: 'series',
    title: t(GRAPH.series),
    heads: true,
    cell: ({ labels }) => <code>{seriesText(labels)}</code>,
    sort: ({ labels }) => seriesText(labels),
  };
}

interface ValueProps {
  readonly row: TableRow;
  readonly unit: Parameters<typeof formatValue>[1];
  readonly isText: boolean;
}

/** With its unit; as Prometheus writes it where it has none, and on hover. */
function Value({ row, unit, isText }: ValueProps): JSX.Element {
  const { value, samples } = row;
  const number = numberOf(value);
  const shown =
    isText || unit === '' || !Number.isFinite(number) ? value : formatValue(number, unit);
  return (
    <span title={shown === value ? undefined : value}>
      {samples !== undefined && <span class="quiet">{t(GRAPH.samples, samples)} </span>}
      {shown}
    </span>
  );
}

function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}

async function copy(text: string, rows: number): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(t(GRAPH.copied, rows));
  } catch {
    toast(t(GRAPH.copyFailed), 'warning');
  }
}
