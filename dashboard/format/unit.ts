import type { Metric } from '../../core/catalogue/metric.ts';
import { language } from '../i18n/language.ts';
import { formatDuration } from './duration.ts';

/** In what a value is counted; `''`: in nothing that is known. */
export type Unit =
  | Metric['unit']
  | 'packets_per_second'
  | 'operations_per_second'
  | 'errors_per_second'
  | '';

/** Suffixes of names, the longest first: the unit comes last in a name, as Prometheus has it. */
const SUFFIXES: readonly (readonly [suffix: string, unit: Unit])[] = [
  ['_bytes_per_second', 'bytes_per_second'],
  ['_packets_per_second', 'packets_per_second'],
  ['_operations_per_second', 'operations_per_second'],
  ['_errors_per_second', 'errors_per_second'],
  ['_per_second', 'per_second'],
  ['_percent', 'percent'],
  ['_bytes', 'bytes'],
  ['_seconds', 'seconds'],
  ['_celsius', 'celsius'],
  ['_total', 'count'],
  ['_count', 'count'],
  ['_info', 'info'],
  ['_state', 'state'],
  ['_condition', 'state'],
  ['_up', 'state'],
];

/** The unit that a metric's name ends with; `''` where it doesn't say. */
export function unitOf(metricName: string): Unit {
  return SUFFIXES.find(([suffix]) => `_${metricName}`.endsWith(suffix))?.[1] ?? '';
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const RATES: Partial<Record<Unit, Readonly<Record<'en' | 'zh-CN', string>>>> = {
  per_second: { en: '/s', 'zh-CN': '/秒' },
  packets_per_second: { en: 'packets/s', 'zh-CN': '包/秒' },
  operations_per_second: { en: 'IO/s', 'zh-CN': 'IO/秒' },
  errors_per_second: { en: 'errors/s', 'zh-CN': '错误/秒' },
};

/**
 * A value with its unit: `12.4 GiB`, `87 %`, `1.2k packets/s`. Three digits, since more are noise; `undefined` (no
 * sample) is `–`: never a number.
 */
export function formatValue(value: number | undefined | null, unit: Unit = ''): string {
  if (value === undefined || value === null) return '–';
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+∞' : '−∞';
  if (unit === 'bytes') return formatBytes(value);
  if (unit === 'bytes_per_second')
    return `${formatBytes(value)}${language.value === 'en' ? '/s' : '/秒'}`;
  if (unit === 'percent') return `${formatNumber(value)} %`;
  if (unit === 'celsius') return `${formatNumber(value)} °C`;
  if (unit === 'seconds') return formatSeconds(value);
  const rate = RATES[unit]?.[language.value];
  return rate === undefined ? formatNumber(value) : `${formatNumber(value)} ${rate}`;
}

function formatSeconds(value: number): string {
  const size = Math.abs(value);
  if (size >= 60) return formatDuration(value * 1000);
  if (size >= 1 || size === 0) return `${threeDigits(value)} s`;
  return size >= 0.001 ? `${threeDigits(value * 1e3)} ms` : `${threeDigits(value * 1e6)} µs`;
}

/** Bytes in powers of 1024: `12.4 GiB`. */
function formatBytes(bytes: number): string {
  let rest = bytes;
  let at = 0;
  // What would be shown as 1024 is one of the next.
  while (Math.abs(rest) >= 1023.5 && at < BYTE_UNITS.length - 1) {
    rest /= 1024;
    at += 1;
  }
  return `${at === 0 ? Math.round(rest) : threeDigits(rest)} ${BYTE_UNITS[at]}`;
}

const SCALES = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e4, 'k'],
] as const;

/** A number in three digits or so: `0.0123`, `87.2`, `1,234`, `12.3k`, `4.56M`. */
function formatNumber(value: number): string {
  const size = Math.abs(value);
  for (const [scale, letter] of SCALES) {
    if (size < scale) continue;
    return `${threeDigits(value / (letter === 'k' ? 1000 : scale))}${letter}`;
  }
  if (size >= 1000) return Math.round(value).toLocaleString('en');
  if (size !== 0 && size < 0.001) return value.toExponential(2).replace('-', '−');
  return threeDigits(value);
}

function threeDigits(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  // Zeros at the end say nothing.
  return String(Number(value.toFixed(digits))).replace('-', '−');
}
