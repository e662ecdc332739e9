import { compareStrings, formatLabels, type Labels, labelsKey } from '../series/labels.ts';
import { type Series, setStaleAt } from '../series/series.ts';
import { Annotations, type AnnotationTexts } from './annotations.ts';
import type { Expr } from './ast.ts';
import { blockToSeries } from './eval-range.ts';
import { evaluate } from './evaluate.ts';
import { createMemorySource } from './memory-source.ts';
import { parsePromql } from './parse.ts';
import type { NotatedPoint, NotatedSeries } from './series-notation.ts';
import type { Matcher } from './source.ts';
import type { EvalCommand, NoteExpectation, ScriptCommand } from './test-script.ts';
import { innerExprs } from './walk.ts';

/** What became of one `eval`. */
export interface CaseOutcome {
  readonly line: number;
  readonly query: string;
  readonly status: 'passed' | 'failed' | 'unsupported';
  /** Of a failure: the result that the script wants and the one that came. */
  readonly wanted: string;
  readonly got: string;
  /** What is wrong about the warnings and infos, which count apart; `''` when nothing is. */
  readonly notes: string;
}

/** A script's series as loaded so far. */
interface Store {
  readonly series: Map<string, { labels: Labels; points: Map<number, NotatedPoint> }>;
  readonly native: Labels[];
}

/** Runs a script's commands in order and reports every `eval`. */
export function runTestScript(commands: readonly ScriptCommand[]): CaseOutcome[] {
  const store: Store = { series: new Map(), native: [] };
  const outcomes: CaseOutcome[] = [];
  let loaded: readonly Series[] | undefined;
  for (const command of commands) {
    if (command.kind === 'eval') {
      loaded ??= [...store.series.values()].map(toSeries);
      outcomes.push(runEval(command, loaded, store.native));
      continue;
    }
    loaded = undefined;
    if (command.kind === 'clear') {
      store.series.clear();
      store.native.length = 0;
      continue;
    }
    store.native.push(...command.native);
    // Within one load the last line for a series counts; what is already stored stays.
    const own = new Map(command.series.map((one) => [labelsKey(one.labels), one]));
    for (const [key, one] of own) addPoints(store, key, one, command.stepMs);
  }
  return outcomes;
}

function addPoints(store: Store, key: string, one: NotatedSeries, stepMs: number): void {
  const known = store.series.get(key) ?? { labels: one.labels, points: new Map() };
  store.series.set(key, known);
  for (const [i, point] of one.points.entries()) {
    if (point !== undefined && !known.points.has(i * stepMs)) known.points.set(i * stepMs, point);
  }
}

function toSeries({
  labels,
  points,
}: {
  labels: Labels;
  points: Map<number, NotatedPoint>;
}): Series {
  const ordered = [...points].sort(([a], [b]) => a - b);
  const timestamps = Float64Array.from(ordered, ([timestamp]) => timestamp);
  const values = Float64Array.from(ordered, ([, point]) => (typeof point === 'number' ? point : 0));
  for (const [i, [, point]] of ordered.entries()) if (point === 'stale') setStaleAt(values, i);
  return { labels, timestamps, values };
}

function runEval(
  command: EvalCommand,
  series: readonly Series[],
  nativeSeries: readonly Labels[],
): CaseOutcome {
  const wanted = wantedText(command);
  const annotations = new Annotations();
  const { text: got, passed } = outcome(command, series, annotations);
  const native = command.unsupported !== undefined || reads(command.query, nativeSeries);
  const status =
    passed && command.unsupported === undefined ? 'passed' : native ? 'unsupported' : 'failed';
  const notes = native ? '' : noteProblem(command.expected.notes, annotations.texts(command.query));
  return { line: command.line, query: command.query, status, wanted, got, notes };
}

function noteProblem(wanted: readonly NoteExpectation[], texts: AnnotationTexts): string {
  for (const { level, some, message, pattern } of wanted) {
    const found = texts[level].some(
      (text) =>
        (message === undefined || text.includes(message)) &&
        (pattern === undefined || new RegExp(pattern).test(text)),
    );
    if (found !== some)
      return `wanted ${some ? 'some' : 'no'} ${level} ${message ?? pattern ?? ''}, got ${texts[level].join('; ')}`;
  }
  return '';
}

/** Does any selector of the query pick one of the series? */
function reads(query: string, series: readonly Labels[]): boolean {
  const parsed = parsePromql(query);
  if (!parsed.ok) return false;
  const source = createMemorySource(
    series.map((labels) => ({
      labels,
      timestamps: new Float64Array(0),
      values: new Float64Array(0),
    })),
  );
  return selectorsOf(parsed.value).some((matchers) => source.select(matchers, 0, 0).length > 0);
}

function selectorsOf(expr: Expr): (readonly Matcher[])[] {
  if (expr.kind === 'vectorSelector') return [expr.matchers];
  return innerExprs(expr).flatMap(selectorsOf);
}

function outcome(
  command: EvalCommand,
  series: readonly Series[],
  annotations: Annotations,
): { readonly text: string; readonly passed: boolean } {
  const { expected } = command;
  const parsed = parsePromql(command.query);
  const { startMs, endMs, stepMs } = command;
  const value = parsed.ok
    ? evaluate(parsed.value, { startMs, endMs, stepMs }, createMemorySource(series), {
        annotations,
        // As Prometheus runs its own test scripts.
        delayedNameRemoval: true,
      })
    : parsed;
  if (!value.ok) {
    const { message } = value.error;
    const { fail } = expected;
    const fits =
      fail !== undefined &&
      (fail.message === undefined || message.includes(fail.message)) &&
      (fail.pattern === undefined || new RegExp(fail.pattern).test(message));
    return { text: `error: ${message}`, passed: fits };
  }
  const text = (rows: readonly Row[]) => formatRows(rows, expected.ordered);
  switch (value.value.kind) {
    case 'string':
      return {
        text: JSON.stringify(value.value.value),
        passed: expected.fail === undefined && value.value.value === expected.string,
      };
    case 'scalar': {
      const rows = [{ labels: [], cells: [...value.value.values] }];
      const wanted =
        expected.scalar === undefined
          ? expectedRows(command)
          : [{ labels: [], cells: [expected.scalar] }];
      return { text: text(rows), passed: expected.fail === undefined && same(rows, wanted, false) };
    }
    default: {
      const rows = resultRows(command, value.value);
      return {
        text: text(rows),
        passed: expected.fail === undefined && same(rows, expectedRows(command), expected.ordered),
      };
    }
  }
}

interface Row {
  readonly labels: Labels;
  /** A value, or none, at each step. */
  readonly cells: readonly (number | undefined)[];
}

function resultRows(
  command: EvalCommand,
  value: Extract<ReturnType<typeof evaluate>, { ok: true }>['value'],
): Row[] {
  const steps =
    command.stepMs > 0 ? Math.floor((command.endMs - command.startMs) / command.stepMs) + 1 : 1;
  if (value.kind === 'vector') {
    const everyMs = Math.max(command.stepMs, 1);
    return blockToSeries(value.block, command.startMs, everyMs).map((one) =>
      toRow(one, command.startMs, everyMs, steps),
    );
  }
  if (value.kind !== 'matrix') return [];
  const { startMs, stepMs } = command.expected.rangeVector ?? { startMs: 0, stepMs: 1 };
  return value.series.map((one) => {
    const last = one.timestamps.at(-1) ?? 0;
    return toRow(one, startMs, stepMs, Math.round((last - startMs) / stepMs) + 1);
  });
}

function toRow(series: Series, startMs: number, stepMs: number, steps: number): Row {
  const cells: (number | undefined)[] = Array.from({ length: Math.max(steps, 0) });
  for (const [i, timestamp] of series.timestamps.entries())
    cells[(timestamp - startMs) / stepMs] = series.values[i];
  return { labels: series.labels, cells };
}

function expectedRows({ expected }: EvalCommand): Row[] {
  return expected.series.map(({ labels, points }) => ({
    labels,
    cells: points.map((point) => (point === 'stale' ? undefined : point)),
  }));
}

function same(got: readonly Row[], wanted: readonly Row[], ordered: boolean): boolean {
  if (got.length !== wanted.length) return false;
  const byLabels = (a: Row, b: Row) => compareStrings(labelsKey(a.labels), labelsKey(b.labels));
  const left = ordered ? got : [...got].sort(byLabels);
  const right = ordered ? wanted : [...wanted].sort(byLabels);
  return left.every((row, i) => {
    const other = right[i];
    if (other === undefined || labelsKey(row.labels) !== labelsKey(other.labels)) return false;
    const count = Math.max(row.cells.length, other.cells.length);
    for (let step = 0; step < count; step++)
      if (!close(row.cells[step], other.cells[step])) return false;
    return true;
  });
}

const TOLERANCE = 1e-6; // relative, as Prometheus' own runner allows

function close(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false;
  if (a === 0 || b === 0) return Math.abs(a - b) < Number.MIN_VALUE;
  return Math.abs(a - b) / Math.min(Math.abs(a) + Math.abs(b), Number.MAX_VALUE) < TOLERANCE;
}

function wantedText(command: EvalCommand): string {
  const { expected } = command;
  if (command.unsupported !== undefined) return command.unsupported;
  if (expected.fail !== undefined)
    return `error: ${expected.fail.message ?? expected.fail.pattern ?? 'any'}`;
  if (expected.string !== undefined) return JSON.stringify(expected.string);
  if (expected.scalar !== undefined) return `{} ${expected.scalar}`;
  return formatRows(expectedRows(command), expected.ordered);
}

function formatRows(rows: readonly Row[], ordered: boolean): string {
  const lines = rows.map(
    ({ labels, cells }) =>
      `${formatLabels(labels)} ${Array.from(cells, (c) => c ?? '_').join(' ')}`,
  );
  return (ordered ? lines : lines.sort()).join('\n') || 'nothing';
}
