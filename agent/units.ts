import type { Metric } from '../core/catalogue/metric.ts';

const STEP = 1024;
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** A value as a person reads it, with its metric's unit: `12.3 GiB`, `0.4 ms`, `3 d 4 h`. */
export function formatValue({ unit, resolution }: Metric, value: number): string {
  switch (unit) {
    case 'percent':
      return `${value.toFixed(2)} %`;
    case 'bytes':
      return formatBytes(value);
    case 'bytes_per_second':
      return `${formatBytes(value)}/s`;
    case 'per_second':
      return `${trimmed(value)} /s`;
    case 'seconds':
      return formatSeconds(value);
    case 'celsius':
      return `${value.toFixed(1)} °C`;
    case 'count':
      return resolution < 1 ? value.toFixed(2) : trimmed(value);
    case 'state':
    case 'info':
      return trimmed(value);
  }
}

/** Such as `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let power = 0;
  while (value >= STEP && power < BYTE_UNITS.length - 1) {
    value /= STEP;
    power += 1;
  }
  return `${power === 0 ? value : value.toFixed(1)} ${BYTE_UNITS[power]}`;
}

function formatSeconds(seconds: number): string {
  if (seconds === 0) return '0 s';
  if (seconds < 1) return `${trimmed(seconds * 1000)} ms`;
  if (seconds < 120) return `${trimmed(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 24
    ? `${hours} h ${minutes % 60} min`
    : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** At most two decimals, and none that are zero. */
function trimmed(value: number): string {
  return String(Math.round(value * 100) / 100);
}
