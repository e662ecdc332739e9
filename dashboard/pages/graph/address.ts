/** What an address says of one expression, in the names that Prometheus' page has. */
export interface PanelState {
  readonly expr: string;
  readonly tab: 'graph' | 'table';
  readonly rangeMs: number;
  /** When the range ends, and of which moment the table is; absent: now. */
  readonly endMs?: number;
  /** Absent: as fits the range. */
  readonly stepMs?: number;
  readonly isStacked: boolean;
}

export const FIRST_PANEL: PanelState = {
  expr: '',
  tab: 'graph',
  rangeMs: 3_600_000,
  isStacked: false,
};

/** More nobody compares, and each is a query. */
export const PANELS_MOST = 10;

/** The expressions of an address, in order: `g0.expr`, `g1.expr` ... None: one that is empty. */
export function readPanels(query: URLSearchParams): readonly PanelState[] {
  const numbers = new Set<number>();
  for (const name of query.keys()) {
    const number = /^g(\d{1,3})\./.exec(name)?.[1];
    if (number !== undefined) numbers.add(Number(number));
  }
  const panels = [...numbers].sort((a, b) => a - b).map((number) => readPanel(query, number));
  const found = panels.slice(0, PANELS_MOST);
  return found.length === 0 ? [FIRST_PANEL] : found;
}

function readPanel(query: URLSearchParams, number: number): PanelState {
  const text = (name: string) => query.get(`g${number}.${name}`) ?? '';
  const tab = text('tab');
  const endMs = parseMoment(text('end_input') || text('moment_input'));
  const stepMs = parseSpan(text('step_input'));
  return {
    expr: text('expr'),
    tab: tab === '1' || tab === 'table' ? 'table' : 'graph',
    rangeMs: boundedRange(parseSpan(text('range_input')) ?? FIRST_PANEL.rangeMs),
    ...(endMs === undefined ? {} : { endMs }),
    ...(stepMs === undefined ? {} : { stepMs }),
    isStacked: text('display_mode') === 'stacked' || text('stacked') === '1',
  };
}

/** What the query of an address becomes: names of all panels that there are, and none of others. */
export function writePanels(
  query: URLSearchParams,
  panels: readonly PanelState[],
): Readonly<Record<string, string | undefined>> {
  const changes: Record<string, string | undefined> = {};
  for (const name of query.keys()) if (/^g\d+\./.test(name)) changes[name] = undefined;
  for (const [i, panel] of panels.entries()) {
    const { expr, tab, rangeMs, endMs, stepMs, isStacked } = panel;
    changes[`g${i}.expr`] = expr;
    changes[`g${i}.tab`] = tab === 'table' ? '1' : '0';
    changes[`g${i}.range_input`] = spanText(rangeMs);
    if (endMs !== undefined)
      changes[`g${i}.${tab === 'table' ? 'moment_input' : 'end_input'}`] = momentText(endMs);
    if (stepMs !== undefined) changes[`g${i}.step_input`] = String(stepMs / 1000);
    if (isStacked) changes[`g${i}.display_mode`] = 'stacked';
  }
  return changes;
}

const UNITS: readonly (readonly [string, number])[] = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** `1h`, `1d12h`, or seconds; ms. `undefined`: it is neither, or not above 0. */
export function parseSpan(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return positive(Math.round(Number(trimmed) * 1000));
  if (!/^(\d+(y|w|d|h|ms|m|s))+$/.test(trimmed)) return undefined;
  let sum = 0;
  for (const [, count = '', unit] of trimmed.matchAll(/(\d+)(y|w|d|h|ms|m|s)/g))
    sum += Number(count) * (UNITS.find(([name]) => name === unit)?.[1] ?? 0);
  return positive(sum);
}

function positive(ms: number): number | undefined {
  return ms > 0 && Number.isFinite(ms) ? ms : undefined;
}

/** As Prometheus writes it: `1h`, `1d12h`. */
export function spanText(spanMs: number): string {
  let rest = Math.round(spanMs);
  let text = '';
  for (const [unit, ms] of UNITS) {
    const count = Math.floor(rest / ms);
    // 7 days are called so: a week is no round number of anything.
    if (count === 0 || unit === 'w' || (unit === 'y' && rest % ms !== 0)) continue;
    text += `${count}${unit}`;
    rest -= count * ms;
  }
  return text === '' ? '0s' : text;
}

const SHORTEST_MS = 60_000;
/** Nothing is kept longer unless set so. */
const LONGEST_MS = 800 * 86_400_000;

export function boundedRange(rangeMs: number): number {
  return Math.min(Math.max(rangeMs, SHORTEST_MS), LONGEST_MS);
}

/** `2026-11-23 17:05:09` in UTC, as Prometheus has it; ISO 8601; or seconds since 1970. */
export function parseMoment(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^\d{9,11}(\.\d+)?$/.test(trimmed)) return Number(trimmed) * 1000;
  if (!/^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}:\d{2})?$/.test(trimmed))
    return undefined;
  const hasZone = /(Z|[+-]\d{2}:\d{2})$/.test(trimmed);
  const hasTime = trimmed.includes(':');
  const iso = `${trimmed.replace(' ', 'T')}${hasZone || !hasTime ? '' : 'Z'}`;
  const ms = Date.parse(iso);
  return Number.isFinite(ms) ? ms : undefined;
}

function momentText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
