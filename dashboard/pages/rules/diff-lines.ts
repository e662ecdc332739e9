import { diffLines } from 'diff';

/** A line of a comparison; line numbers are from 1. */
export type DiffRow =
  | {
      readonly kind: 'same';
      readonly before: number;
      readonly after: number;
      readonly text: string;
    }
  | { readonly kind: 'removed'; readonly before: number; readonly text: string }
  | { readonly kind: 'added'; readonly after: number; readonly text: string }
  /** Lines that are alike, and left out. */
  | { readonly kind: 'gap'; readonly count: number };

/** Lines that are alike which are shown around a difference. */
const CONTEXT = 3;

/** What differs between two texts, line by line; nothing where they are alike. */
export function diffRows(before: string, after: string): readonly DiffRow[] {
  if (before === after) return [];
  const rows: DiffRow[] = [];
  let [b, a] = [1, 1];
  for (const { value, added, removed } of diffLines(before, after)) {
    for (const text of value.replace(/\n$/, '').split('\n')) {
      if (removed) rows.push({ kind: 'removed', before: b++, text });
      else if (added) rows.push({ kind: 'added', after: a++, text });
      else rows.push({ kind: 'same', before: b++, after: a++, text });
    }
  }
  return withGaps(rows);
}

function withGaps(rows: readonly DiffRow[]): DiffRow[] {
  const near = new Set<number>();
  rows.forEach(({ kind }, i) => {
    if (kind === 'same') return;
    for (let at = i - CONTEXT; at <= i + CONTEXT; at++) near.add(at);
  });
  const shown: DiffRow[] = [];
  for (const [i, row] of rows.entries()) {
    const last = shown.at(-1);
    if (near.has(i)) shown.push(row);
    else if (last?.kind === 'gap') shown[shown.length - 1] = { kind: 'gap', count: last.count + 1 };
    else shown.push({ kind: 'gap', count: 1 });
  }
  return shown;
}

/** The two sides of a line. A gap has neither. */
export interface SideRow {
  readonly left?: Exclude<DiffRow, { kind: 'gap' }>;
  readonly right?: Exclude<DiffRow, { kind: 'gap' }>;
  readonly gap?: number;
}

/** Side by side: what was removed beside what came in its place. */
export function sideRows(rows: readonly DiffRow[]): readonly SideRow[] {
  const sides: SideRow[] = [];
  let i = 0;
  while (i < rows.length) {
    const row = rows[i];
    if (row === undefined) break;
    if (row.kind === 'gap') sides.push({ gap: row.count });
    if (row.kind === 'same') sides.push({ left: row, right: row });
    if (row.kind === 'gap' || row.kind === 'same') {
      i++;
      continue;
    }
    const [removed, added]: Exclude<DiffRow, { kind: 'gap' }>[][] = [[], []];
    for (; i < rows.length; i++) {
      const next = rows[i];
      if (next?.kind === 'removed') removed?.push(next);
      else if (next?.kind === 'added') added?.push(next);
      else break;
    }
    const most = Math.max(removed?.length ?? 0, added?.length ?? 0);
    for (let n = 0; n < most; n++) {
      const [left, right] = [removed?.[n], added?.[n]];
      sides.push({ ...(left && { left }), ...(right && { right }) });
    }
  }
  return sides;
}
