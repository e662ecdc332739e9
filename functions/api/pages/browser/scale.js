/** Axes of a chart: which numbers and times to write beside it, and how. */

const PREFIXES = [
  { size: 1e12, sign: 'T' },
  { size: 1e9, sign: 'G' },
  { size: 1e6, sign: 'M' },
  { size: 1e4, sign: 'k', unit: 1e3 },
];

/**
 * A number short enough for an axis: `12.5k`, `0.031`.
 *
 * @param {number} value
 */
export function shortNumber(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const prefix = PREFIXES.find(({ size }) => Math.abs(value) >= size);
  if (prefix === undefined) return String(Number(value.toPrecision(4)));
  return `${Number((value / (prefix.unit ?? prefix.size)).toPrecision(4))}${prefix.sign}`;
}

/**
 * Round numbers that span these values: some four steps. From zero on where that costs little room.
 *
 * @param {readonly number[]} values finite
 * @returns {readonly number[]} ascending, at least two; the first and the last are the axis' ends
 */
export function valueTicks(values) {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  if (low > 0 && low <= high / 2) low = 0;
  if (low === high) [low, high] = low === 0 ? [0, 1] : [Math.min(0, low), Math.max(0, low)];
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TIME_STEPS = [
  ...[MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 20 * MINUTE, 30 * MINUTE],
  ...[HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY],
];

/**
 * Times, in seconds, at round places of the local clock.
 *
 * @param {number} from in seconds
 * @param {number} to in seconds
 * @param {number} most how many there is room for
 */
export function timeTicks(from, to, most) {
  const step = TIME_STEPS.find((one) => (to - from) / one <= most) ?? 7 * DAY;
  const offset = new Date(from * 1000).getTimezoneOffset() * MINUTE;
  const first = Math.ceil((from - offset) / step) * step + offset;
  const count = Math.max(0, Math.floor((to - first) / step) + 1);
  return Array.from({ length: count }, (_, i) => first + i * step);
}

/**
 * The time of day; at midnight the date.
 *
 * @param {number} atS
 */
export function tickText(atS) {
  const time = new Date(atS * 1000);
  return time.getHours() === 0 && time.getMinutes() === 0
    ? time.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })
    : time.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
}
