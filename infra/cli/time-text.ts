import { err, ok } from '../../core/result.ts';
import { parseDurationMs } from '../../core/rules/duration.ts';
import { type Outcome, usage } from './failure.ts';

/** `2026-03-01 14:03:07 +01:00`: where the person is, and how far that is from UTC. */
export function formatTime(atMs: number): string {
  const date = new Date(atMs);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${formatClock(atMs)} ${zone(date)}`;
}

/** `14:03:07`, where the person is. */
export function formatClock(atMs: number): string {
  const date = new Date(atMs);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
}

function zone(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function two(part: number): string {
  return String(part).padStart(2, '0');
}

/** `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. */
export function formatSpan(spanMs: number): string {
  const seconds = Math.max(0, Math.round(spanMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joined([minutes, 'min'], [seconds % 60, 's']);
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return joined([hours, 'h'], [minutes % 60, 'min']);
  return joined([Math.floor(hours / 24), 'd'], [hours % 24, 'h']);
}

function joined(...parts: readonly (readonly [number, string])[]): string {
  return parts
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

/** A duration above 0 as Prometheus writes it (`2h`, `1d12h`); the error names the option. */
export function readSpan(option: string, text: string): Outcome<number> {
  const span = parseDurationMs(text);
  if (!span.ok) return usage(`${option} ${text}: ${span.error}; give a time such as 90s, 2h or 7d`);
  return span.value > 0 ? span : usage(`${option} ${text}: give a time above 0, such as 2h`);
}

/** An instant: `2026-03-01T14:00:00Z`, Unix seconds, `now`, or how long ago (`7d`). */
export function readInstant(option: string, text: string, nowMs: number): Outcome<number> {
  if (text === 'now') return ok(nowMs);
  const ago = parseDurationMs(text);
  if (ago.ok) return ok(nowMs - ago.value);
  if (/^\d{9,10}(\.\d+)?$/.test(text)) return ok(Math.round(Number(text) * 1000));
  const atMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text.replace(' ', 'T')) : Number.NaN;
  if (Number.isFinite(atMs)) return ok(atMs);
  return err({
    code: 'usage',
    message: `${option} ${text}: give how long ago (7d, 12h), or a time such as 2026-03-01T14:00:00Z`,
  });
}
