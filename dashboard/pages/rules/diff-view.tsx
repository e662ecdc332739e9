import type { JSX } from 'preact';
import { t } from '../../i18n/language.ts';
import { type DiffRow, diffRows, type SideRow, sideRows } from './diff-lines.ts';
import './diff-view.css';
import { VERSIONS } from './messages.ts';

interface DiffViewProps {
  readonly before: string;
  readonly after: string;
  readonly isSplit?: boolean;
}

/** What differs between two texts. Signs say it beside the colours. */
export function DiffView({ before, after, isSplit = false }: DiffViewProps): JSX.Element {
  const rows = diffRows(before, after);
  if (rows.length === 0) return <p class="quiet">{t(VERSIONS.same)}</p>;
  return (
    <section class="diff" {...REACHABLE} aria-label={t(VERSIONS.differing)}>
      <table class="diff-table">
        <tbody>
          {isSplit
            ? sideRows(rows).map((row, i) => <Side key={i} row={row} />)
            : rows.map((row, i) => <Line key={i} row={row} />)}
        </tbody>
      </table>
    </section>
  );
}

/** It scrolls, by keyboard too. */
const REACHABLE = { tabIndex: 0 };

function Line({ row }: { readonly row: DiffRow }): JSX.Element {
  if (row.kind === 'gap') return <Gap count={row.count} columns={4} />;
  return (
    <tr class={`diff-${row.kind}`}>
      <td class="diff-number">{row.kind === 'added' ? '' : row.before}</td>
      <td class="diff-number">{row.kind === 'removed' ? '' : row.after}</td>
      <Text row={row} />
    </tr>
  );
}

function Side({ row: { left, right, gap } }: { readonly row: SideRow }): JSX.Element {
  if (gap !== undefined) return <Gap count={gap} columns={6} />;
  return (
    <tr>
      <Half row={left} number={left?.kind === 'added' ? undefined : left?.before} />
      <Half row={right} number={right?.kind === 'removed' ? undefined : right?.after} />
    </tr>
  );
}

type Row = Exclude<DiffRow, { kind: 'gap' }>;

function Half({
  row,
  number,
}: {
  readonly row: Row | undefined;
  readonly number: number | undefined;
}) {
  const kind = row === undefined ? 'absent' : row.kind;
  return (
    <>
      <td class={`diff-number diff-${kind}`}>{number ?? ''}</td>
      {row === undefined ? <td class="diff-absent" colSpan={2} /> : <Text row={row} kind={kind} />}
    </>
  );
}

const SIGNS = { same: ' ', added: '+', removed: '−' } as const;

function Text({ row, kind = '' }: { readonly row: Row; readonly kind?: string }): JSX.Element {
  const name = kind === '' ? '' : ` diff-${kind}`;
  return (
    <>
      <td class={`diff-sign${name}`}>
        <span aria-hidden="true">{SIGNS[row.kind]}</span>
        {row.kind !== 'same' && (
          <span class="visually-hidden">
            {t(row.kind === 'added' ? VERSIONS.added : VERSIONS.removed)}
          </span>
        )}
      </td>
      <td class={`diff-text${name}`}>{row.text}</td>
    </>
  );
}

function Gap({
  count,
  columns,
}: {
  readonly count: number;
  readonly columns: number;
}): JSX.Element {
  return (
    <tr class="diff-gap">
      <td colSpan={columns}>⋯ {t(VERSIONS.lines, count)}</td>
    </tr>
  );
}
