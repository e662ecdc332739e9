/** How long a silence shall hold, as it can be chosen. */
export const SPANS = ['1h', '4h', 'morning', 'custom'] as const;

export type Span = (typeof SPANS)[number];

const HOUR_MS = 3_600_000;
/** When people are back at work. */
const MORNING_HOUR = 8;

/** When a silence from `fromMs` on ends; `undefined` for a time that is chosen by hand. */
export function endOf(span: Span, fromMs: number): number | undefined {
  switch (span) {
    case '1h':
      return fromMs + HOUR_MS;
    case '4h':
      return fromMs + 4 * HOUR_MS;
    case 'morning':
      return morningAfter(fromMs);
    case 'custom':
      return undefined;
  }
}

/** 8:00 of the next day here; before 8:00 it is that of the day that has begun: nobody means 30 hours at night. */
function morningAfter(fromMs: number): number {
  const day = new Date(fromMs);
  const isNight = day.getHours() < MORNING_HOUR;
  const date = day.getDate() + (isNight ? 0 : 1);
  return new Date(day.getFullYear(), day.getMonth(), date, MORNING_HOUR).getTime();
}

/** Is that 8:00 still today? Then it is called so. */
export function isMorningToday(fromMs: number): boolean {
  return new Date(morningAfter(fromMs)).getDate() === new Date(fromMs).getDate();
}

/** Local time as an input of the kind `datetime-local` has it: `2026-11-23T17:05`. */
export function toInput(ms: number): string {
  const at = new Date(ms);
  const two = (number: number) => String(number).padStart(2, '0');
  const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${date}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** What such an input holds, ms since 1970; `undefined` where it holds no time. */
export function fromInput(text: string): number | undefined {
  const ms = new Date(text).getTime();
  return Number.isNaN(ms) ? undefined : ms;
}
