import { LEGACY_LABEL_NAME, METRIC_NAME } from '../series/labels.ts';
import type {
  AggregateExpr,
  BinaryExpr,
  DurationExpr,
  DurationOperand,
  Expr,
  MatrixSelector,
  NumberLiteral,
  Subquery,
  TimeModifiers,
  VectorSelector,
} from './ast.ts';
import { formatDuration, formatFloat, formatGeneral } from './literals.ts';
import type { Matcher } from './source.ts';
import { quote } from './string-literal.ts';
import { valueType } from './type-check.ts';

/**
 * A query in Prometheus' one way of writing it: reading the text back gives the same query.
 * Source: prometheus/promql/parser/printer.go.
 */
export function formatExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return formatNumber(expr);
    case 'string':
      return quote(expr.value);
    case 'paren':
      return `(${formatExpr(expr.expr)})`;
    case 'unary':
      return `${expr.op}${formatExpr(expr.expr)}`;
    case 'vectorSelector': {
      const extended = expr.extended === undefined ? '' : ` ${expr.extended}`;
      return `${formatMatchers(expr)}${formatAt(expr)}${extended}${formatOffset(expr)}`;
    }
    case 'matrixSelector':
      return formatMatrix(expr);
    case 'subquery':
      return `${formatExpr(expr.expr)}${formatSubquerySuffix(expr)}`;
    case 'binary':
      return `${formatExpr(expr.left)} ${formatOperator(expr)} ${formatExpr(expr.right)}`;
    case 'call':
      return `${expr.name}(${expr.args.map(formatExpr).join(', ')})`;
    case 'aggregate': {
      const param = expr.param === undefined ? '' : `${formatExpr(expr.param)}, `;
      return `${formatAggregateHead(expr)}(${param}${formatExpr(expr.expr)})`;
    }
  }
}

function formatNumber({ value, isDuration }: NumberLiteral): string {
  if (!isDuration) return formatFloat(value);
  return formatDuration(Math.trunc((value * 1e9) / 1e6));
}

function formatMatchers({ name = '', matchers }: VectorSelector): string {
  const written = matchers
    .filter(({ name: label, op, value }) => {
      const isName = label === METRIC_NAME && op === '=' && value === name && value !== '';
      return !isName;
    })
    .map(formatMatcher)
    .sort(compareUtf8);
  return written.length === 0 ? name : `${name}{${written.join(',')}}`;
}

function formatMatcher({ name, op, value }: Matcher): string {
  return `${formatLabelName(name)}${op}${quote(value)}`;
}

function formatLabelName(name: string): string {
  return LEGACY_LABEL_NAME.test(name) ? name : quote(name);
}

/** By code point, which is the order of UTF-8 bytes. */
function compareUtf8(a: string, b: string): number {
  const right = b[Symbol.iterator]();
  for (const char of a) {
    const other = right.next();
    if (other.done === true) return 1;
    const order = (char.codePointAt(0) ?? 0) - (other.value.codePointAt(0) ?? 0);
    if (order !== 0) return order;
  }
  return right.next().done === true ? 0 : -1;
}

function formatAt({ at }: TimeModifiers): string {
  if (at === undefined) return '';
  return at.kind === 'time' ? ` @ ${formatSeconds(at.ms)}` : ` @ ${at.kind}()`;
}

/** Seconds with three decimals, however large. */
function formatSeconds(ms: number): string {
  if (Math.abs(ms) < 1e15) return (ms / 1000).toFixed(3);
  return `${formatFloat(ms / 1000)}.000`.replace(/(\.\d+)\.000$/, '$1');
}

function formatOffset({ offsetMs, offsetExpr }: TimeModifiers): string {
  if (offsetExpr !== undefined) return ` offset ${formatDurationExpr(offsetExpr)}`;
  return offsetMs === 0 ? '' : ` offset ${formatDuration(offsetMs)}`;
}

function formatRange(ms: number, expr: DurationExpr | undefined): string {
  return expr === undefined ? formatDuration(ms) : formatDurationExpr(expr);
}

function formatMatrix({ selector, rangeMs, rangeExpr }: MatrixSelector): string {
  const range = formatRange(rangeMs, rangeExpr);
  const extended = selector.extended === undefined ? '' : ` ${selector.extended}`;
  const modifiers = `${extended}${formatAt(selector)}${formatOffset(selector)}`;
  return `${formatMatchers(selector)}[${range}]${modifiers}`;
}

/** `[1h:5m] @ end() offset 1m`: what stands after the inner query. */
export function formatSubquerySuffix(expr: Subquery): string {
  const range = formatRange(expr.rangeMs, expr.rangeExpr);
  const step =
    expr.stepMs === undefined || (expr.stepMs === 0 && expr.stepExpr === undefined)
      ? ''
      : formatRange(expr.stepMs, expr.stepExpr);
  return `[${range}:${step}]${formatAt(expr)}${formatOffset(expr)}`;
}

function formatDurationExpr(expr: DurationExpr): string {
  const text = formatBareDuration(expr);
  return expr.wrapped ? `(${text})` : text;
}

function formatDurationOperand(operand: DurationOperand): string {
  return operand.kind === 'number' ? formatNumber(operand) : formatDurationExpr(operand);
}

function formatBareDuration(expr: DurationExpr): string {
  switch (expr.kind) {
    case 'durationCall':
      return `${expr.name}()`;
    case 'durationUnary':
      return `${expr.op === '-' ? '-' : ''}${formatDurationOperand(expr.expr)}`;
    case 'durationBinary': {
      const left = formatDurationOperand(expr.left);
      const right = formatDurationOperand(expr.right);
      if (expr.op === 'min_of' || expr.op === 'max_of') return `${expr.op}(${left}, ${right})`;
      return `${left} ${expr.op} ${right}`;
    }
  }
}

/** `+ on (a) group_left (b)`: an operator with all that modifies it. */
export function formatOperator({ op, returnBool, matching, left, right }: BinaryExpr): string {
  const bool = returnBool ? ' bool' : '';
  if (valueType(left) !== 'vector' || valueType(right) !== 'vector') return `${op}${bool}`;
  const { card, on, labels, include } = matching;
  const grouped = card === 'many-to-one' || card === 'one-to-many';
  let text = `${op}${bool}`;
  if (labels.length > 0 || on || grouped)
    text += ` ${on ? 'on' : 'ignoring'} (${labels.map(formatLabelName).join(', ')})`;
  if (grouped) {
    const side = card === 'many-to-one' ? 'left' : 'right';
    text += ` group_${side} (${include.map(formatLabelName).join(', ')})`;
  }
  return text + formatFills(matching);
}

function formatFills({ fillLeft, fillRight }: BinaryExpr['matching']): string {
  if (fillLeft !== undefined && fillLeft === fillRight) return ` fill (${formatGeneral(fillLeft)})`;
  const left = fillLeft === undefined ? '' : ` fill_left (${formatGeneral(fillLeft)})`;
  const right = fillRight === undefined ? '' : ` fill_right (${formatGeneral(fillRight)})`;
  return left + right;
}

/** `sum by (a) `: an aggregation up to its arguments. */
export function formatAggregateHead({ op, grouping, without }: AggregateExpr): string {
  const labels = grouping.map(formatLabelName).join(', ');
  if (without) return `${op} without (${labels}) `;
  return grouping.length > 0 ? `${op} by (${labels}) ` : op;
}
