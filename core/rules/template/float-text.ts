/** Go's number formatting (strconv.FormatFloat) on top of JavaScript's exact decimal digits. */

interface Decimal {
  /** Without point or sign; the value is 0.DIGITS x 10^pointAt. */
  readonly digits: string;
  readonly pointAt: number;
}

export type FloatVerb = 'e' | 'f' | 'g';

/**
 * A float64 as Go prints it. `precision` counts digits after the point (`e`, `f`) or significant
 * digits (`g`); without it, as many as tell this number from every other.
 */
export function formatFloat(value: number, verb: FloatVerb, precision?: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return sign + formatPositive(Math.abs(value), verb, precision);
}

function formatPositive(value: number, verb: FloatVerb, precision: number | undefined): string {
  if (verb === 'f') {
    const decimal =
      precision === undefined ? shortest(value) : roundTo(value, (d) => d.pointAt + precision);
    return plain(decimal, precision ?? Math.max(decimal.digits.length - decimal.pointAt, 0));
  }
  if (verb === 'e') {
    const decimal = precision === undefined ? shortest(value) : roundTo(value, () => precision + 1);
    return exponential(decimal, precision ?? decimal.digits.length - 1);
  }
  const significant = precision === 0 ? 1 : precision;
  const decimal = trimZeros(
    significant === undefined ? shortest(value) : roundTo(value, () => significant),
  );
  // The exponent from which %e takes over. Source: strconv/ftoa.go, formatDigits, case 'g'.
  let limit = significant ?? 6;
  if (
    significant !== undefined &&
    limit > decimal.digits.length &&
    decimal.digits.length >= decimal.pointAt
  ) {
    limit = decimal.digits.length;
  }
  const exponent = decimal.pointAt - 1;
  if (exponent < -4 || exponent >= limit) return exponential(decimal, decimal.digits.length - 1);
  return plain(decimal, Math.max(decimal.digits.length - decimal.pointAt, 0));
}

function shortest(value: number): Decimal {
  return decimalOf(value.toExponential());
}

/** Rounded to so many digits, a tie to even as Go does (JavaScript rounds a tie up). */
function roundTo(value: number, digitsWanted: (exact: Decimal) => number): Decimal {
  // 101 digits: a float64 that is a tie at a sensible precision has no digits beyond.
  const exact = decimalOf(value.toExponential(100));
  const count = digitsWanted(exact);
  if (count < 0) return { digits: '0', pointAt: 1 };
  if (count >= exact.digits.length) return exact;
  const kept = exact.digits.slice(0, count);
  const rest = exact.digits.slice(count);
  const half = `5${'0'.repeat(rest.length - 1)}`;
  const isOdd = Number(kept.at(-1) ?? '0') % 2 === 1;
  const up = rest > half || (rest === half && isOdd);
  if (!up) return kept === '' ? { digits: '0', pointAt: 1 } : { ...exact, digits: kept };
  const raised = String(BigInt(`1${kept}`) + 1n);
  return raised.startsWith('2')
    ? { digits: `1${raised.slice(1)}`, pointAt: exact.pointAt + 1 }
    : { digits: raised.slice(1), pointAt: exact.pointAt };
}

function decimalOf(exponential: string): Decimal {
  const [mantissa = '0', exponent = '0'] = exponential.split('e');
  return { digits: mantissa.replace('.', ''), pointAt: Number(exponent) + 1 };
}

function trimZeros({ digits, pointAt }: Decimal): Decimal {
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? { digits: '0', pointAt: 1 } : { digits: trimmed, pointAt };
}

function plain({ digits, pointAt }: Decimal, places: number): string {
  const whole = pointAt > 0 ? digits.slice(0, pointAt).padEnd(pointAt, '0') : '0';
  if (places === 0) return whole;
  const fraction = pointAt > 0 ? digits.slice(pointAt) : '0'.repeat(-pointAt) + digits;
  return `${whole}.${fraction.slice(0, places).padEnd(places, '0')}`;
}

function exponential({ digits, pointAt }: Decimal, places: number): string {
  const exponent = /^0+$/.test(digits) ? 0 : pointAt - 1;
  const fraction = places > 0 ? `.${digits.slice(1, places + 1).padEnd(places, '0')}` : '';
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits.charAt(0)}${fraction}e${exponent < 0 ? '-' : '+'}${size}`;
}
