import { MINUTE_MS } from '../../core/host-minute.ts';

/** A time in which something is the matter. */
export interface Span {
  readonly fromMs: number;
  /** Absent: it still is. */
  readonly toMs?: number;
}

export function isIn(spans: readonly Span[], atMs: number): boolean {
  return spans.some(({ fromMs, toMs }) => atMs >= fromMs && (toMs === undefined || atMs < toMs));
}

/** The newest of some that have begun; `undefined` before the first one. */
export function latest<T extends { readonly fromMs: number }>(
  all: readonly T[],
  atMs: number,
): T | undefined {
  return all.findLast(({ fromMs }) => fromMs <= atMs);
}

/** Minutes as ms. */
export function minutes(count: number): number {
  return Math.round(count * MINUTE_MS);
}
