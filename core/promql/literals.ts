const UNIT_MS: Readonly<Record<string, number>> = {
  y: 365 * 24 * 3_600_000,
  w: 7 * 24 * 3_600_000,
  d: 24 * 3_600_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};

const DURATION = /^(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m(?!s))?(\d+s)?(\d+ms)?$/;
const DURATION_MAX_MS = 9_223_372_036_854; // int64 nanoseconds, as Go keeps a duration

/** Milliseconds of a duration such as `1h30m`; undefined when it is none or longer than 292 years. */
export function parseDurationMs(text: string): number | undefined {
  if (text === '' || !DURATION.test(text)) return undefined;
  let sum = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+)(ms|[ywdhms])/g)) {
    sum += Number(digits) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  }
  return sum <= DURATION_MAX_MS ? sum : undefined;
}

/**
 * The value of a number literal: decimal, hexadecimal (`0x1F`), octal (`017`), with `_` between
 * digits, `Inf` or `NaN` in any case; a duration counts as its seconds. A sign may precede.
 * Undefined when it is none of these.
 */
export function parseNumber(text: string): number | undefined {
  if (text.startsWith('-')) {
    const value = parseNumber(text.slice(1).trimStart());
    return value === undefined ? undefined : -value;
  }
  if (text.startsWith('+')) return parseNumber(text.slice(1).trimStart());
  const word = text.toLowerCase();
  if (word === 'inf') return Number.POSITIVE_INFINITY;
  if (word === 'nan') return Number.NaN;
  const durationMs = parseDurationMs(text);
  if (durationMs !== undefined) return durationMs / 1000;
  const digits = text.replaceAll('_', '');
  if (/^0x[0-9a-f]+$/i.test(digits)) return Number(digits);
  if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8);
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(digits)) return undefined;
  return Number(digits);
}

/** A float as Go's `strconv.ParseFloat` reads it; undefined when it is none or too large. */
export function parseFloatText(text: string): number | undefined {
  const word = /^([+-]?)(?:inf(?:inity)?|(nan))$/i.exec(text);
  if (word !== null) {
    if (word[2] !== undefined) return Number.NaN;
    return word[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  if (!/^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text))
    return undefined;
  const value = Number(text.replaceAll('_', ''));
  return Number.isFinite(value) ? value : undefined;
}

/** A float as Go's `strconv.FormatFloat(f, 'f', -1, 64)` prints it. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const text = String(value);
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (parts === null) return text;
  const [, sign = '', first = '', fraction = '', exponentText = ''] = parts;
  const exponent = Number(exponentText);
  const digits = first + fraction;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  return sign + digits.padEnd(exponent + 1, '0');
}

/** A float as Go's `%g` and `strconv.FormatFloat(f, 'g', -1, 64)` print it. */
export function formatGeneral(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatFloat(value);
  const exponent = Number(value.toExponential().split('e')[1]);
  if (exponent >= -4 && exponent < 6) return formatFloat(value);
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  const sign = power.startsWith('-') ? '-' : '+';
  return `${mantissa}e${sign}${power.replace(/^[+-]/, '').padStart(2, '0')}`;
}

/** A duration of whole milliseconds as Prometheus prints it: `1h30m`, `90d`, `2w`, `0s`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  let rest = ms;
  let text = '';
  for (const [unit, unitMs] of Object.entries(UNIT_MS)) {
    // Years and weeks only where nothing is left over: 90d reads easier than 12w6d.
    if ((unit === 'y' || unit === 'w') && rest % unitMs !== 0) continue;
    const count = Math.floor(rest / unitMs);
    if (count > 0) text += `${formatFloat(count)}${unit}`;
    rest -= count * unitMs;
  }
  return text === '' ? '0s' : text;
}
