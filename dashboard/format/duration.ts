import { language } from '../i18n/language.ts';

const UNITS = [
  { ms: 86_400_000, en: 'd', zh: '天' },
  { ms: 3_600_000, en: 'h', zh: '小时' },
  { ms: 60_000, en: 'min', zh: '分' },
  { ms: 1000, en: 's', zh: '秒' },
] as const;

/** In the two largest units that say something: `3 d 4 h`, `5 min`, `40 s`; under a second `0 s`. */
export function formatDuration(durationMs: number): string {
  const isEnglish = language.value === 'en';
  const first = UNITS.findIndex(({ ms }) => Math.abs(durationMs) >= ms);
  const text = (count: number, unit: (typeof UNITS)[number]) =>
    isEnglish ? `${count} ${unit.en}` : `${count} ${unit.zh}`;
  const largest = UNITS[first];
  if (largest === undefined) return text(0, UNITS[3]);
  const sign = durationMs < 0 ? '−' : '';
  const size = Math.abs(durationMs);
  const count = Math.floor(size / largest.ms);
  const smaller = UNITS[first + 1];
  const rest = smaller === undefined ? 0 : Math.floor((size - count * largest.ms) / smaller.ms);
  // Seconds beside minutes only while they count.
  const isTooFine = smaller?.ms === 1000 && count >= 5;
  if (smaller === undefined || rest === 0 || isTooFine) return sign + text(count, largest);
  return `${sign}${text(count, largest)} ${text(rest, smaller)}`;
}
