import type { Matcher } from './source.ts';

/** Where in the query's text: UTF-16 offsets, `end` exclusive. */
export interface Position {
  readonly start: number;
  readonly end: number;
}

/**
 * Why a query has no result, in Prometheus' words. `bad_data`: the text is not a valid query
 * (its message begins with line:column). `execution`: it is valid, but these data have no answer.
 * `timeout`: it was told to stop.
 */
export interface PromqlError {
  readonly code: 'bad_data' | 'execution' | 'timeout';
  readonly message: string;
  readonly position?: Position;
}

export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

/** The `@` modifier: a fixed instant (ms since 1970), or the start or end of the query's grid. */
export type At =
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'start' | 'end' };

interface Node {
  readonly position: Position;
}

export interface NumberLiteral extends Node {
  readonly kind: 'number';
  readonly value: number;
  /** Written as a duration such as `5m`; the value is its seconds. */
  readonly isDuration: boolean;
}

interface StringLiteral extends Node {
  readonly kind: 'string';
  readonly value: string;
}

/**
 * A duration that is computed, such as `1h / 2` or `step() * 3`: its value in milliseconds, which is
 * set beside it, holds only after `resolveDurations`. A number alone is no such expression.
 */
export type DurationExpr = DurationCall | DurationUnary | DurationBinary;

/** A part of a duration: a literal counts in seconds. */
export type DurationOperand = NumberLiteral | DurationExpr;

interface DurationCall extends Node {
  readonly kind: 'durationCall';
  /** The step or the length of the query's grid. */
  readonly name: 'step' | 'range';
  readonly wrapped: boolean;
}

interface DurationUnary extends Node {
  readonly kind: 'durationUnary';
  /** `+` only stands for parentheses around a number. */
  readonly op: '+' | '-';
  readonly expr: DurationOperand;
  /** Written in parentheses. */
  readonly wrapped: boolean;
}

export type DurationOp = '+' | '-' | '*' | '/' | '%' | '^' | 'min_of' | 'max_of';

interface DurationBinary extends Node {
  readonly kind: 'durationBinary';
  readonly op: DurationOp;
  readonly left: DurationOperand;
  readonly right: DurationOperand;
  readonly wrapped: boolean;
}

/** What says at which time a selector or subquery reads. */
export interface TimeModifiers {
  /** How far back from the evaluation time; below 0: ahead. */
  readonly offsetMs: number;
  readonly offsetExpr?: DurationExpr;
  readonly at?: At;
}

export interface VectorSelector extends Node, TimeModifiers {
  readonly kind: 'vectorSelector';
  /** The metric name written before the braces. */
  readonly name?: string;
  /** All conditions, that of a metric name written before the braces last. */
  readonly matchers: readonly Matcher[];
  /**
   * Values at the very ends of a range instead of extrapolation: the last before (`anchored`), or
   * interpolated between the samples around (`smoothed`).
   */
  readonly extended?: 'anchored' | 'smoothed';
}

export interface MatrixSelector extends Node {
  readonly kind: 'matrixSelector';
  readonly selector: VectorSelector;
  readonly rangeMs: number;
  readonly rangeExpr?: DurationExpr;
}

export interface Subquery extends Node, TimeModifiers {
  readonly kind: 'subquery';
  readonly expr: Expr;
  readonly rangeMs: number;
  readonly rangeExpr?: DurationExpr;
  /** Absent: the evaluator's default resolution. */
  readonly stepMs?: number;
  readonly stepExpr?: DurationExpr;
}

interface UnaryExpr extends Node {
  readonly kind: 'unary';
  readonly op: '+' | '-';
  readonly expr: Expr;
}

interface ParenExpr extends Node {
  readonly kind: 'paren';
  readonly expr: Expr;
}

export const ARITHMETIC_OPS = ['+', '-', '*', '/', '%', '^', 'atan2'] as const;
/** Operators that have a meaning for native histograms only: between floats there is no result. */
export const TRIM_OPS = ['</', '>/'] as const;
export const COMPARISON_OPS = ['==', '!=', '>', '<', '>=', '<='] as const;
export const SET_OPS = ['and', 'or', 'unless'] as const;
export type ArithmeticOp = (typeof ARITHMETIC_OPS)[number];
export type ComparisonOp = (typeof COMPARISON_OPS)[number];
export type SetOp = (typeof SET_OPS)[number];
export type TrimOp = (typeof TRIM_OPS)[number];
export type BinaryOp = ArithmeticOp | ComparisonOp | SetOp | TrimOp;

/** How the series of two vectors find each other. */
export interface VectorMatching {
  readonly card: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';
  /** True: only `labels` are compared; false: all but `labels` and the metric name. */
  readonly on: boolean;
  readonly labels: readonly string[];
  /** Labels that the result takes from the "one" side. */
  readonly include: readonly string[];
  /** Values for series that the left or the right side lacks. */
  readonly fillLeft?: number;
  readonly fillRight?: number;
}

export interface BinaryExpr extends Node {
  readonly kind: 'binary';
  readonly op: BinaryOp;
  /** Where the operator itself stands. */
  readonly opPosition: Position;
  readonly left: Expr;
  readonly right: Expr;
  readonly returnBool: boolean;
  /** Heeded only between two instant vectors. */
  readonly matching: VectorMatching;
}

export interface CallExpr extends Node {
  readonly kind: 'call';
  /** A name in `FUNCTIONS`. */
  readonly name: string;
  readonly args: readonly Expr[];
}

export const AGGREGATE_OPS = [
  'sum',
  'avg',
  'count',
  'min',
  'max',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'count_values',
  'quantile',
  'limitk',
  'limit_ratio',
] as const;
export type AggregateOp = (typeof AGGREGATE_OPS)[number];

export interface AggregateExpr extends Node {
  readonly kind: 'aggregate';
  readonly op: AggregateOp;
  readonly expr: Expr;
  /** The first argument of topk, bottomk, quantile, count_values, limitk and limit_ratio. */
  readonly param?: Expr;
  readonly grouping: readonly string[];
  readonly without: boolean;
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | UnaryExpr
  | ParenExpr
  | BinaryExpr
  | CallExpr
  | AggregateExpr;

export function isTrimOp(op: BinaryOp): op is TrimOp {
  return TRIM_OPS.some((trim) => trim === op);
}

/** How Prometheus names a type in its messages. */
export function documentedType(type: ValueType): string {
  return type === 'vector' ? 'instant vector' : type === 'matrix' ? 'range vector' : type;
}

/** The expression inside any parentheses. */
export function unwrapParens(expr: Expr): Expr {
  return expr.kind === 'paren' ? unwrapParens(expr.expr) : expr;
}

export function isComparison(op: BinaryOp): op is ComparisonOp {
  return COMPARISON_OPS.some((comparison) => comparison === op);
}

export function isSetOp(op: BinaryOp): op is SetOp {
  return SET_OPS.some((set) => set === op);
}
