import { language } from '../i18n/language.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

/** Made once for each language: making one takes longer than using it. */
function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language.value} ${name}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(language.value, { ...options, hourCycle: 'h23' });
  formats.set(key, made);
  return made;
}

const DAY = { year: 'numeric', month: 'short', day: 'numeric' } as const;
const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
const MINUTE = { hour: '2-digit', minute: '2-digit' } as const;

/** Local day and time, to the second: `23 Nov 2026, 17:05:09`. */
export function formatTime(ms: number): string {
  return format('time', { ...DAY, ...CLOCK }).format(ms);
}

/** Local time of day: `17:05:09`. */
export function formatClock(ms: number): string {
  return format('clock', CLOCK).format(ms);
}

/** As short as it can be told from `nowMs`: the time of today, with the day of this year, with the year of another. */
export function formatShortTime(ms: number, nowMs: number): string {
  const [then, now] = [new Date(ms), new Date(nowMs)];
  if (then.toDateString() === now.toDateString()) return format('minute', MINUTE).format(ms);
  const day = { month: 'short', day: 'numeric' } as const;
  if (then.getFullYear() === now.getFullYear())
    return format('day and minute', { ...day, ...MINUTE }).format(ms);
  return format('year and minute', { ...DAY, ...MINUTE }).format(ms);
}

/** `2026-11-23 17:05:09 UTC`: the same for everybody. */
export function formatUtc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
