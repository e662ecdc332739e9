import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import { SortDownIcon, SortUpIcon } from './icons.tsx';
import { UI } from './messages.ts';
import { Select } from './select.tsx';
import { type Sorting, type SortValue, sortRows } from './sort-rows.ts';
import './table.css';

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** By what it is sorted; absent: it isn't. Rows without a value come last. */
  readonly sort?: (row: Row) => SortValue;
  /** To the right edge, digits of one width. */
  readonly numeric?: boolean;
  /** It names the row: read out with each cell, and the head of the card on phones. */
  readonly heads?: boolean;
  /** Buttons: on phones below the rest, without a title. */
  readonly isActions?: boolean;
}

interface TableProps<Row> {
  /** What it is a table of; read out. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** How it is sorted at first; absent: as the rows come. */
  readonly sorted?: Sorting;
  /** Kept by the page, in the URL for example; else the table keeps it itself. */
  readonly onSort?: (sorting: Sorting) => void;
  /** Read out, and coloured, as the one chosen. */
  readonly isCurrent?: (row: Row) => boolean;
}

/** Rows and columns, sorted by a click on a title. On phones each row is a card. */
export function Table<Row>(props: TableProps<Row>): JSX.Element {
  const { label, columns, rows, rowKey, sorted, onSort, isCurrent } = props;
  const [own, setOwn] = useState<Sorting | undefined>(sorted);
  const sorting = onSort === undefined ? own : sorted;
  const change = onSort ?? setOwn;
  const by = columns.find(({ id }) => id === sorting?.column)?.sort;
  const shown = by === undefined ? rows : sortRows(rows, by, sorting?.descending === true);
  return (
    <div class="table-box">
      <CardSorting columns={columns} sorting={sorting} change={change} />
      <table class="table">
        <caption class="visually-hidden">{label}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Title key={column.id} column={column} sorting={sorting} change={change} />
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={rowKey(row)} aria-current={isCurrent?.(row) === true ? 'true' : undefined}>
              {columns.map((column) => (
                <Cell key={column.id} column={column} row={row} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface TitleProps<Row> {
  readonly column: Column<Row>;
  readonly sorting: Sorting | undefined;
  readonly change: (sorting: Sorting) => void;
}

function Title<Row>({ column, sorting, change }: TitleProps<Row>): JSX.Element {
  const { id, title, sort, numeric, isActions } = column;
  const isBy = sorting?.column === id;
  const descending = isBy && sorting.descending;
  if (sort === undefined)
    return (
      <th scope="col" class={numeric === true ? 'table-numeric' : undefined}>
        {isActions === true ? <span class="visually-hidden">{title}</span> : title}
      </th>
    );
  return (
    <th
      scope="col"
      class={numeric === true ? 'table-numeric' : undefined}
      aria-sort={isBy ? (descending ? 'descending' : 'ascending') : undefined}
    >
      <button
        type="button"
        class="table-sort"
        onClick={() => change({ column: id, descending: isBy ? !descending : numeric === true })}
      >
        {title}
        <span class="table-arrow">
          {isBy && (descending ? <SortDownIcon size={12} /> : <SortUpIcon size={12} />)}
        </span>
      </button>
    </th>
  );
}

function Cell<Row>({ column, row }: { readonly column: Column<Row>; readonly row: Row }) {
  const { title, cell, numeric, heads, isActions } = column;
  const content = cell(row);
  if (heads === true) return <th scope="row">{content}</th>;
  return (
    <td
      class={isActions === true ? 'table-actions' : numeric === true ? 'table-numeric' : undefined}
      data-title={isActions === true ? undefined : title}
    >
      <div class="table-cell">{content}</div>
    </td>
  );
}

interface CardSortingProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly sorting: Sorting | undefined;
  readonly change: (sorting: Sorting) => void;
}

/** Cards have no titles to click on. */
function CardSorting<Row>({ columns, sorting, change }: CardSortingProps<Row>) {
  const options = columns
    .filter(({ sort }) => sort !== undefined)
    .flatMap(({ id, title }) => [
      { value: `${id} up`, text: `${title} · ${t(UI.ascending)}` },
      { value: `${id} down`, text: `${title} · ${t(UI.descending)}` },
    ]);
  if (options.length === 0) return null;
  if (sorting === undefined) options.unshift({ value: '', text: t(UI.asListed) });
  const value =
    sorting === undefined ? '' : `${sorting.column} ${sorting.descending ? 'down' : 'up'}`;
  return (
    <div class="table-card-sorting">
      <Select
        label={t(UI.sortedBy)}
        options={options}
        value={value}
        onChange={(chosen) => {
          if (chosen === '') return;
          const [column = '', way] = chosen.split(' ');
          change({ column, descending: way === 'down' });
        }}
      />
    </div>
  );
}
