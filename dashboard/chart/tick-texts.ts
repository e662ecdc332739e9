import { DAY_MS } from '../../core/time.ts';
import { language } from '../i18n/language.ts';

/**
 * What stands at ticks of time: the time of day, at midnight the day; from a day on days, from a month on months.
 * The first has its day, too, where they are of several.
 *
 * @param stepMs how far they are apart
 */
export function tickTexts(timesMs: readonly number[], stepMs: number): string[] {
  const clock = formatter(
    stepMs < 60_000
      ? { hour: '2-digit', minute: '2-digit', second: '2-digit' }
      : { hour: '2-digit', minute: '2-digit' },
  );
  const day = formatter({ day: 'numeric', month: 'short' });
  const month = formatter({ month: 'short', year: 'numeric' });
  return timesMs.map((ms) => {
    if (stepMs >= 28 * DAY_MS) return month.format(ms);
    const date = new Date(ms);
    const isMidnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
    return stepMs >= DAY_MS || isMidnight ? day.format(ms) : clock.format(ms);
  });
}

const made = new Map<string, Intl.DateTimeFormat>();

function formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language.value + JSON.stringify(options);
  const known = made.get(key);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat(language.value, { ...options, hourCycle: 'h23' });
  made.set(key, format);
  return format;
}
