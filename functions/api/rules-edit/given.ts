import type { Expr } from '../../../core/promql/ast.ts';
import { type Grid, LOOKBACK_MS } from '../../../core/promql/context.ts';
import { evaluate } from '../../../core/promql/evaluate.ts';
import { resolveDurations } from '../../../core/promql/resolve-durations.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { type GivenValues, givenValues } from '../../../core/rules/backtest.ts';
import { HOUR_MS } from '../../../core/time.ts';
import type { ReadCost, ReadLimits } from '../../store/read-cost.ts';
import { type ReaderPorts, readSeries } from '../../store/reader.ts';
import { selectionsOf } from '../selections.ts';

/**
 * What expressions gave over a long time, read and evaluated piece by piece from the newest on, so that what there
 * is neither time nor money for is the oldest.
 */

/** Of the time that is read at once. Pieces of more than 3 h are read from points of a minute where there are some. */
const PIECE_MS = 24 * HOUR_MS;
const LEAST_PIECE_MS = 4 * HOUR_MS;

/** Values that one rule's life cycle goes through: some 3 s. */
const MAX_VALUES = 400_000;

/** Values of one vector over a piece. */
const MAX_CELLS = 10_000_000;

/** An expression that is evaluated for the time so long before each step: the group's `query_offset`. */
export interface AskedExpr {
  readonly expr: Expr;
  readonly offsetMs: number;
}

export interface GivenWish {
  /** Each once. */
  readonly exprs: readonly AskedExpr[];
  /** Multiples of the step. */
  readonly grid: Grid;
  readonly nowMs: number;
  readonly deadlineMs: number;
}

export interface Given {
  /** By expression, pieces in the order of time. */
  readonly pieces: ReadonlyMap<AskedExpr, readonly GivenValues[]>;
  /** Why an expression gave no more, earlier than that. */
  readonly errors: ReadonlyMap<AskedExpr, string>;
  /** From where on all were evaluated. */
  readonly fromMs: number;
  readonly cut?: string;
  readonly warnings: readonly string[];
  readonly readUnits: number;
}

/** Reads and evaluates as much as the limits of a query allow. An error: not even the newest piece could be read. */
export async function readGiven(
  reader: ReaderPorts,
  { exprs, grid, nowMs, deadlineMs }: GivenWish,
): Promise<Result<Given, string>> {
  const pieces = new Map<AskedExpr, GivenValues[]>(exprs.map((expr) => [expr, []]));
  const errors = new Map<AskedExpr, string>();
  const warnings = new Set<string>();
  let spent: ReadCost = { hostMinutes: 0, rollups: 0, readUnits: 0 };
  let values = 0;
  let untilMs = grid.endMs;
  let pieceMs = PIECE_MS;
  let cut: string | undefined;
  while (untilMs >= grid.startMs && cut === undefined) {
    const startMs = Math.max(grid.startMs, stepAfter(untilMs - pieceMs, grid.stepMs));
    const piece = { startMs, endMs: untilMs, stepMs: grid.stepMs };
    const ports = { ...reader, limits: limitsLeft(reader.limits, spent) };
    const read = await readPiece(ports, exprs, piece, nowMs, deadlineMs);
    if (!read.ok) {
      if (read.error.code === 'too_much' && pieceMs > LEAST_PIECE_MS) {
        pieceMs = Math.max(LEAST_PIECE_MS, pieceMs / 2);
        continue;
      }
      cut = read.error.message;
      break;
    }
    spent = sum(spent, read.value.cost);
    for (const line of read.value.warnings) warnings.add(line);
    let most = 0;
    for (const expr of exprs) {
      const given = evaluatePiece(expr, piece, read.value.source, reader.clockMs, deadlineMs);
      if (given.ok) {
        pieces.get(expr)?.unshift(given.value);
        most = Math.max(most, given.value.values.length);
      } else if (given.error.isTimeout) cut = given.error.message;
      else errors.set(expr, given.error.message);
    }
    if (cut !== undefined) break;
    if (values + most > MAX_VALUES && untilMs !== grid.endMs) {
      cut = `the rule has a value so often that more than ${MAX_VALUES.toLocaleString('en-US')} of them would have to be gone through`;
      break;
    }
    values += most;
    untilMs = startMs - grid.stepMs;
    // One that fails, fails: what is older tells no more.
    if (errors.size === exprs.length) break;
  }
  if (untilMs === grid.endMs && cut !== undefined) return err(cut);
  const fromMs = Math.max(grid.startMs, untilMs + grid.stepMs);
  return ok({
    pieces: new Map(
      [...pieces].map(([expr, all]) => [expr, all.filter((one) => one.startMs >= fromMs)]),
    ),
    ...{ errors, fromMs, warnings: [...warnings], readUnits: spent.readUnits },
    ...(cut === undefined ? {} : { cut }),
  });
}

function stepAfter(atMs: number, stepMs: number): number {
  return (Math.floor(atMs / stepMs) + 1) * stepMs;
}

async function readPiece(
  ports: ReaderPorts,
  exprs: readonly AskedExpr[],
  grid: Grid,
  nowMs: number,
  deadlineMs: number,
): ReturnType<typeof readSeries> {
  const selections = exprs.flatMap(({ expr, offsetMs }) => {
    const asked = earlier(grid, offsetMs);
    const resolved = resolveDurations(expr, asked);
    return resolved.ok ? selectionsOf(resolved.value, asked, LOOKBACK_MS, 'minute') : [];
  });
  return readSeries(ports, selections, nowMs, deadlineMs);
}

function earlier({ startMs, endMs, stepMs }: Grid, byMs: number): Grid {
  return { startMs: startMs - byMs, endMs: endMs - byMs, stepMs };
}

type Source = Parameters<typeof evaluate>[2];

function evaluatePiece(
  { expr, offsetMs }: AskedExpr,
  grid: Grid,
  source: Source,
  clockMs: () => number,
  deadlineMs: number,
): Result<GivenValues, { readonly message: string; readonly isTimeout: boolean }> {
  const shouldStop = () => clockMs() > deadlineMs;
  const value = evaluate(expr, earlier(grid, offsetMs), source, {
    shouldStop,
    cellsMax: MAX_CELLS,
  });
  if (!value.ok) {
    const { code, message } = value.error;
    return err({ message, isTimeout: code === 'timeout' });
  }
  const given = givenValues(value.value, grid.startMs, grid.stepMs);
  return given.ok ? given : err({ message: given.error, isTimeout: false });
}

function limitsLeft(limits: ReadLimits, spent: ReadCost): ReadLimits {
  return {
    hostMinutes: Math.max(0, limits.hostMinutes - spent.hostMinutes - 2 * spent.rollups),
    readUnits: Math.max(0, limits.readUnits - spent.readUnits),
  };
}

function sum(a: ReadCost, b: ReadCost): ReadCost {
  return {
    hostMinutes: a.hostMinutes + b.hostMinutes,
    rollups: a.rollups + b.rollups,
    readUnits: a.readUnits + b.readUnits,
  };
}
