import * as v from 'valibot';

const MESSAGE = 'must be a time such as 30s or 5m';
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const FORMAT = /^(\d+)(ms|s|m|h)?$/;

/** A setting such as `30s` or `5m`, in ms; a mere number means seconds. The description is for editors. */
export function durationSetting(minSeconds: number, maxSeconds: number, description: string) {
  return v.pipe(
    v.union([v.pipe(v.string(), v.regex(FORMAT, MESSAGE)), v.number()], MESSAGE),
    v.description(description),
    v.transform(parseMs),
    v.number(MESSAGE),
    v.minValue(minSeconds * 1000, `must be at least ${minSeconds}s`),
    v.maxValue(maxSeconds * 1000, `must be at most ${maxSeconds}s`),
  );
}

/** `10s`, `1500ms`: as a setting is written. */
export function formatDuration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

function parseMs(text: string | number): number | undefined {
  const [, digits, unit = 's'] = FORMAT.exec(String(text)) ?? [];
  const unitMs = UNITS_MS[unit];
  return digits === undefined || unitMs === undefined ? undefined : Number(digits) * unitMs;
}
