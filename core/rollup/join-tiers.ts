import { concatenate } from '../chunk/concatenate.ts';
import { mapSummary, type Series, type Summary } from '../series/series.ts';

/**
 * Parts of one series from several tiers as one. Samples that stand for themselves beside such that stand
 * for many say so: their count is 1. Parts of one writer must not overlap; where those of several do, the
 * part given first wins, as in `concatenate`.
 */
export function joinTiers(parts: readonly Series[]): Series {
  const joined = concatenate(parts);
  const spacingMs = Math.max(0, ...parts.map(({ summary }) => summary?.spacingMs ?? 0));
  if (spacingMs === 0) return joined;
  // Times alone decide what goes where, so each column is put together as the values are.
  const column = (of: (part: Series) => Float64Array): Float64Array =>
    concatenate(parts.map((part) => ({ ...part, values: of(part) }))).values;
  const summary: Summary = {
    min: column((part) => part.summary?.min ?? part.values),
    max: column((part) => part.summary?.max ?? part.values),
    avg: column((part) => part.summary?.avg ?? part.values),
    last: column((part) => part.summary?.last ?? part.values),
    count: column((part) => part.summary?.count ?? part.values.map(() => 1)),
    spacingMs,
  };
  const { labels, timestamps, values } = joined;
  return { labels, timestamps, values, summary };
}

/** The samples of a series in `[fromMs, toMs)`, and what they stand for. */
export function between(series: Series, fromMs: number, toMs: number): Series {
  const { labels, timestamps, values, summary } = series;
  const first = timestamps.findIndex((ms) => ms >= fromMs);
  const from = first < 0 ? timestamps.length : first;
  const after = timestamps.findIndex((ms) => ms >= toMs);
  const to = Math.max(from, after < 0 ? timestamps.length : after);
  if (from === 0 && to === timestamps.length) return series;
  const cut = (column: Float64Array) => column.subarray(from, to);
  const part = { labels, timestamps: cut(timestamps), values: cut(values) };
  if (summary === undefined) return part;
  return { ...part, summary: mapSummary(summary, cut) };
}
