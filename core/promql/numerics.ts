/**
 * A running sum that keeps what rounding lost (Kahan-Babuska-Neumaier), so that Prometheus' results
 * come out digit for digit. Source: prometheus/util/kahansum.
 */
export class KahanSum {
  sum = 0;
  lost = 0;

  /** Starts again from a sum and what it lost. */
  reset(sum: number, lost = 0): this {
    this.sum = sum;
    this.lost = lost;
    return this;
  }

  add(value: number): this {
    const { sum } = this;
    const total = sum + value;
    if (total === Number.POSITIVE_INFINITY || total === Number.NEGATIVE_INFINITY) this.lost = 0;
    else if (Math.abs(sum) >= Math.abs(value)) this.lost += sum - total + value;
    else this.lost += value - total + sum;
    this.sum = total;
    return this;
  }

  get total(): number {
    return this.sum + this.lost;
  }
}

/**
 * A mean of numbers given one by one: the sum over the count while the sum fits a float, and a
 * running mean from the moment it would not. Source: prometheus/promql, `avg` and `avg_over_time`.
 */
export class Mean {
  private readonly kahan = new KahanSum();
  private readonly trial = new KahanSum();
  private count = 0;
  private incremental = false;

  reset(): this {
    this.kahan.reset(0);
    this.count = 0;
    this.incremental = false;
    return this;
  }

  add(value: number): this {
    this.count++;
    const { count, kahan } = this;
    if (count === 1) {
      kahan.reset(value);
      return this;
    }
    if (!this.incremental) {
      const trial = this.trial.reset(kahan.sum, kahan.lost).add(value);
      if (Math.abs(trial.sum) !== Number.POSITIVE_INFINITY) {
        kahan.reset(trial.sum, trial.lost);
        return this;
      }
      this.incremental = true;
      kahan.reset(kahan.sum / (count - 1), kahan.lost / (count - 1));
    }
    const share = (count - 1) / count;
    kahan.reset(share * kahan.sum, share * kahan.lost).add(value / count);
    return this;
  }

  get value(): number {
    const { kahan, count } = this;
    return this.incremental ? kahan.total : kahan.sum / count + kahan.lost / count;
  }
}

/**
 * The q-quantile with linear interpolation between the two nearest values; NaN counts as the least
 * value. No values or q NaN: NaN; q below 0: -Inf, above 1: +Inf. Sorts `values` in place.
 * Source: prometheus/promql/quantile.go, `quantile`.
 */
export function quantile(q: number, values: Float64Array): number {
  if (values.length === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  sortNanFirst(values);
  const rank = q * (values.length - 1);
  const below = Math.max(0, Math.floor(rank));
  const above = Math.min(values.length - 1, below + 1);
  const weight = rank - Math.floor(rank);
  const lower = values[below] ?? Number.NaN;
  if (weight === 0) return lower;
  return lower * (1 - weight) + (values[above] ?? Number.NaN) * weight;
}

function sortNanFirst(values: Float64Array): void {
  values.sort();
  let nans = 0;
  while (nans < values.length && Number.isNaN(values[values.length - 1 - nans])) nans++;
  if (nans === 0) return;
  values.copyWithin(nans, 0, values.length - nans);
  values.fill(Number.NaN, 0, nans);
}

/** Go's `math.Pow`, which differs from `**` for a base of 1 or -1. */
export function pow(base: number, exponent: number): number {
  if (base === 1) return 1;
  if (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY) return 1;
  return base ** exponent;
}

/** Go's `math.Max`: +Inf wins over NaN. */
export function max(a: number, b: number): number {
  if (a === Number.POSITIVE_INFINITY || b === Number.POSITIVE_INFINITY)
    return Number.POSITIVE_INFINITY;
  return Math.max(a, b);
}

/** Go's `math.Min`: -Inf wins over NaN. */
export function min(a: number, b: number): number {
  if (a === Number.NEGATIVE_INFINITY || b === Number.NEGATIVE_INFINITY)
    return Number.NEGATIVE_INFINITY;
  return Math.min(a, b);
}
