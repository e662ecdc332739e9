import { err, ok, type Result } from '../result.ts';

/** Biggest first: the order in which a duration must write them. */
const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ['y', 31_536_000_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

const MAX_MS = 2 ** 63 / 1e6; // Go keeps nanoseconds in 63 bits: some 292 years

/**
 * A duration as Prometheus' configuration writes it (`5m`, `1h30m`, `0`), in ms. The error is
 * Prometheus' own sentence. Source: prometheus/common/model, ParseDuration.
 */
export function parseDurationMs(text: string): Result<number, string> {
  if (text === '0') return ok(0);
  if (text === '') return err('empty duration string');
  const invalid = err(`not a valid duration string: ${JSON.stringify(text)}`);
  if (!/^(\d+\D+)+$/.test(text)) return invalid;
  let totalMs = 0;
  let lastUnit = -1;
  for (const [, amount = '', name = ''] of text.matchAll(/(\d+)(\D+)/g)) {
    const unit = UNITS.findIndex(([known]) => known === name);
    const unitMs = UNITS[unit]?.[1];
    if (unitMs === undefined)
      return err(`unknown unit ${JSON.stringify(name)} in duration ${JSON.stringify(text)}`);
    if (unit <= lastUnit) return invalid;
    lastUnit = unit;
    totalMs += Number(amount) * unitMs;
    if (totalMs >= MAX_MS) return err('duration out of range');
  }
  return ok(totalMs);
}

/** The duration as Prometheus writes it back: `1h30m`, `0s`; years and weeks only when exact. */
export function formatDurationMs(durationMs: number): string {
  if (durationMs === 0) return '0s';
  let restMs = durationMs;
  let text = '';
  for (const [name, unitMs] of UNITS) {
    if ((name === 'y' || name === 'w') && restMs % unitMs !== 0) continue;
    const amount = Math.floor(restMs / unitMs);
    if (amount > 0) text += `${amount}${name}`;
    restMs -= amount * unitMs;
  }
  return text;
}
