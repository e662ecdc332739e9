import type { Expr } from '../../../core/promql/ast.ts';
import type { Matcher } from '../../../core/promql/source.ts';
import { innerExprs } from '../../../core/promql/walk.ts';
import { METRIC_NAME } from '../../../core/series/labels.ts';

/** A selector of an expression. */
export interface SelectorText {
  /** As PromQL: `host_load1{host="web-1"}`, without range and offset. */
  readonly text: string;
  /** How far before an evaluation it reads; 0 for an instant one. */
  readonly rangeMs: number;
  /** The same, of one host only; absent when the selector names hosts itself. */
  readonly ofHost?: (host: string) => string;
}

/** The selectors of an expression, each once, in the order in which they stand. */
export function selectorsIn(expr: Expr): SelectorText[] {
  const found = new Map<string, SelectorText>();
  visit(expr, 0, 0);
  return [...found.values()];

  function visit(part: Expr, rangeMs: number, offsetMs: number): void {
    if (part.kind === 'vectorSelector') {
      const text = textOf(part.matchers);
      const reachMs = rangeMs + Math.max(0, offsetMs + part.offsetMs);
      const known = found.get(text)?.rangeMs ?? 0;
      const namesHost = part.matchers.some(({ name }) => name === 'host');
      found.set(text, {
        text,
        rangeMs: Math.max(known, reachMs),
        ...(namesHost
          ? {}
          : { ofHost: (host: string) => textOf([...part.matchers, equalTo(host)]) }),
      });
      return;
    }
    const ownRangeMs =
      part.kind === 'matrixSelector' || part.kind === 'subquery' ? part.rangeMs : 0;
    const ownOffsetMs = part.kind === 'subquery' ? part.offsetMs : 0;
    for (const inner of innerExprs(part))
      visit(inner, rangeMs + ownRangeMs, offsetMs + ownOffsetMs);
  }
}

type WrittenMatcher = Pick<Matcher, 'name' | 'op' | 'value'>;

function equalTo(host: string): WrittenMatcher {
  return { name: 'host', op: '=', value: host };
}

function textOf(matchers: readonly WrittenMatcher[]): string {
  const name = matchers.find((one) => one.name === METRIC_NAME && one.op === '=')?.value;
  const plain = name !== undefined && /^[a-zA-Z_:][\w:]*$/.test(name) ? name : undefined;
  const rest = matchers
    .filter((one) => plain === undefined || one.name !== METRIC_NAME || one.op !== '=')
    .map((one) => `${labelName(one.name)}${one.op}${JSON.stringify(one.value)}`);
  if (rest.length === 0 && plain !== undefined) return plain;
  return `${plain ?? ''}{${rest.join(',')}}`;
}

function labelName(name: string): string {
  return /^[a-zA-Z_]\w*$/.test(name) ? name : JSON.stringify(name);
}

/** The series of a metric with exactly these labels, and maybe others. */
export function selectorOf(
  metric: string,
  labels: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
): string {
  const all = { ...labels, ...more, [METRIC_NAME]: metric };
  return textOf(Object.entries(all).map(([name, value]) => ({ name, op: '=', value })));
}
