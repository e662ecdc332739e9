import { err, ok, type Result } from '../result.ts';
import { type Labels, labelValue, METRIC_NAME, withLabels } from '../series/labels.ts';
import { parseDurationMs, parseNumber } from './literals.ts';
import { type NotatedSeries, parseSeriesNotation } from './series-notation.ts';
import { unquote } from './string-literal.ts';

/** What an `eval` says about warnings or infos. */
export interface NoteExpectation {
  readonly level: 'warnings' | 'infos';
  /** False: there must be none. */
  readonly some: boolean;
  /** One of them must contain, or match, this. */
  readonly message?: string;
  readonly pattern?: string;
}

/** What an `eval` says must come out. */
interface Expectation {
  readonly fail?: { readonly message?: string; readonly pattern?: string };
  readonly ordered: boolean;
  readonly notes: readonly NoteExpectation[];
  readonly string?: string;
  readonly scalar?: number;
  /** The times of the points when the result is a range vector. */
  readonly rangeVector?: { readonly startMs: number; readonly stepMs: number };
  readonly series: readonly NotatedSeries[];
}

export interface EvalCommand {
  readonly kind: 'eval';
  readonly line: number;
  readonly query: string;
  /** An instant query has `startMs` = `endMs` and `stepMs` = 0. */
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  readonly expected: Expectation;
  /** Set when it expects native histograms, which are not supported. */
  readonly unsupported?: string;
}

interface LoadCommand {
  readonly kind: 'load';
  readonly line: number;
  readonly stepMs: number;
  readonly series: readonly NotatedSeries[];
  /** Series that are native histograms, which were left out. */
  readonly native: readonly Labels[];
}

export type ScriptCommand = EvalCommand | LoadCommand | { readonly kind: 'clear' };

const LOAD = /^load(_with_nhcb)?\s+(\S+)$/;
const EVAL =
  /^eval(?:_(fail|warn|info|ordered))?\s+(?:instant\s+at\s+(?<at>\S+)|range\s+from\s+(?<from>\S+)\s+to\s+(?<to>\S+)\s+step\s+(?<step>\S+))\s+(?<query>.+)$/;

/**
 * Reads a script of the kind Prometheus tests its engine with: `load`, `clear`, `eval instant`,
 * `eval range`. A blank line or a comment ends a command. Errors name the line.
 * Source: prometheus/promql/promqltest/README.md.
 */
export function parseTestScript(text: string): Result<ScriptCommand[], string> {
  const lines = text.split('\n').map((line) => (line.trim().startsWith('#') ? '' : line.trim()));
  const commands: ScriptCommand[] = [];
  for (let i = 0; i < lines.length; i++) {
    const head = lines[i] ?? '';
    if (head === '') continue;
    if (head === 'clear') {
      commands.push({ kind: 'clear' });
      continue;
    }
    const end = lines.indexOf('', i + 1);
    const body = lines.slice(i + 1, end < 0 ? lines.length : end);
    const command = head.startsWith('load')
      ? parseLoad(head, body, i + 1)
      : parseEval(head, body, i + 1);
    if (!command.ok) return err(`line ${i + 1}: ${command.error}`);
    commands.push(command.value);
    i += body.length;
  }
  return ok(commands);
}

function parseLoad(
  head: string,
  body: readonly string[],
  line: number,
): Result<LoadCommand, string> {
  const [, withNative, step] = LOAD.exec(head) ?? [];
  const stepMs = parseDurationMs(step ?? '');
  if (stepMs === undefined) return err(`expected "load <step>", got "${head}"`);
  const series: NotatedSeries[] = [];
  const native: Labels[] = [];
  for (const text of body) {
    const one = parseSeriesNotation(text);
    if (one.ok) {
      series.push(one.value);
      if (withNative !== undefined) native.push(ofBuckets(one.value.labels));
    } else if (one.error.code === 'unsupported') {
      const before = parseSeriesNotation(text.replace(/\{\{.*$/, ''));
      if (!before.ok) return err(before.error.message);
      native.push(before.value.labels);
    } else return err(one.error.message);
  }
  return ok({ kind: 'load', line, stepMs, series, native });
}

/** The native histogram that `load_with_nhcb` makes of the buckets, sum and count of a classic one. */
function ofBuckets(labels: Labels): Labels {
  const name = labelValue(labels, METRIC_NAME).replace(/_(bucket|sum|count)$/, '');
  return withLabels(labels, { [METRIC_NAME]: name, le: '' });
}

function parseEval(
  head: string,
  body: readonly string[],
  line: number,
): Result<EvalCommand, string> {
  const match = EVAL.exec(head);
  const { at, from, to, step, query } = match?.groups ?? {};
  const startMs = parseTimeMs(at ?? from ?? '');
  const endMs = at === undefined ? parseTimeMs(to ?? '') : startMs;
  const stepMs = at === undefined ? parseTimeMs(step ?? '') : 0;
  if (query === undefined || startMs === undefined || endMs === undefined || stepMs === undefined)
    return err(`expected load, clear or eval, got "${head}"`);
  const mode = match?.[1];
  const command = { kind: 'eval' as const, line, query, startMs, endMs, stepMs };
  let expected: Expectation = { ordered: mode === 'ordered', notes: modeNotes(mode), series: [] };
  if (mode === 'fail') expected = { ...expected, fail: {} };
  for (const text of body) {
    if (text.includes('{{') || /\{count:/.test(text))
      return ok({ ...command, expected, unsupported: 'expects a native histogram' });
    const next = text.startsWith('expect ')
      ? addExpectation(expected, text.slice('expect '.length).trim())
      : addResult(expected, text);
    if (!next.ok) return next;
    expected = next.value;
  }
  return ok({ ...command, expected });
}

function modeNotes(mode: string | undefined): NoteExpectation[] {
  if (mode === 'warn') return [{ level: 'warnings', some: true }];
  return mode === 'info' ? [{ level: 'infos', some: true }] : [];
}

function parseTimeMs(text: string): number | undefined {
  const seconds = parseNumber(text);
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}

const ABOUT =
  /^(?<no>no_)?(?<what>fail|warn|info)(?:\s+(?:msg:\s*(?<message>.*)|regex:\s*(?<pattern>.*)))?$/;

function addExpectation(expected: Expectation, text: string): Result<Expectation, string> {
  const about = ABOUT.exec(text)?.groups;
  if (about !== undefined) {
    const { what, no, message, pattern } = about;
    const wish = {
      ...(message === undefined ? {} : { message }),
      ...(pattern === undefined ? {} : { pattern }),
    };
    if (what === 'fail') return ok({ ...expected, fail: wish });
    const level = what === 'warn' ? ('warnings' as const) : ('infos' as const);
    return ok({
      ...expected,
      notes: [...expected.notes, { level, some: no === undefined, ...wish }],
    });
  }
  if (text === 'ordered') return ok({ ...expected, ordered: true });
  const string = /^string\s+(.*)$/.exec(text)?.[1];
  if (string !== undefined) {
    const value = unquote(string);
    return value.ok ? ok({ ...expected, string: value.value }) : err(value.error);
  }
  const [, from, , step] = /^range vector from (\S+) to (\S+) step (\S+)$/.exec(text) ?? [];
  const startMs = parseTimeMs(from ?? '');
  const stepMs = parseTimeMs(step ?? '');
  if (startMs === undefined || stepMs === undefined) return err(`unknown "expect ${text}"`);
  return ok({ ...expected, rangeVector: { startMs, stepMs } });
}

function addResult(expected: Expectation, text: string): Result<Expectation, string> {
  const scalar = parseNumber(text);
  if (scalar !== undefined) return ok({ ...expected, scalar });
  const series = parseSeriesNotation(text);
  if (!series.ok) return err(series.error.message);
  return ok({ ...expected, series: [...expected.series, series.value] });
}
