import { bitsOf, type Series } from '../../../core/series/series.ts';

/** Pieces of a series as one. */
export interface Joined {
  readonly series: Series;
  /** Instants that had two values: the piece given first has it. */
  readonly conflicts: number;
}

/** Puts pieces of one series together, which may come in any order, overlap, and have the same samples. */
export function joinPieces(pieces: readonly Series[]): Joined {
  const [first] = pieces;
  if (first === undefined) throw new Error('a series without pieces');
  if (pieces.length === 1 && rises(first.timestamps)) return { series: first, conflicts: 0 };
  const length = pieces.reduce((sum, { timestamps }) => sum + timestamps.length, 0);
  const timestamps = new Float64Array(length);
  const values = new Float64Array(length);
  let at = 0;
  for (const piece of pieces) {
    timestamps.set(piece.timestamps, at);
    // Copying a typed array keeps every bit, a staleness marker's too.
    values.set(piece.values, at);
    at += piece.timestamps.length;
  }
  const joined = { labels: first.labels, timestamps, values };
  return rises(timestamps) ? { series: joined, conflicts: 0 } : ordered(joined);
}

function ordered({ labels, timestamps, values }: Series): Joined {
  // The sort is stable: of one instant the sample given first stays first.
  const order = Uint32Array.from(timestamps, (_, i) => i).sort(
    (a, b) => (timestamps[a] ?? 0) - (timestamps[b] ?? 0) || a - b,
  );
  const bits = bitsOf(values);
  const kept: number[] = [];
  let conflicts = 0;
  for (const index of order) {
    const last = kept.at(-1);
    if (last === undefined || timestamps[last] !== timestamps[index]) kept.push(index);
    else if (bits[last] !== bits[index]) conflicts++;
  }
  const sorted = new Float64Array(kept.length);
  bitsOf(sorted).set(kept.map((index) => bits[index] ?? 0n));
  const times = Float64Array.from(kept, (index) => timestamps[index] ?? 0);
  return { series: { labels, timestamps: times, values: sorted }, conflicts };
}

function rises(timestamps: Float64Array): boolean {
  for (let i = 1; i < timestamps.length; i++)
    if ((timestamps[i] ?? 0) <= (timestamps[i - 1] ?? 0)) return false;
  return true;
}
