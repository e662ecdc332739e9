/** RFC 3339, as Go's time.RFC3339Nano reads it. */
const RFC3339 =
  /^(\d{4}-\d\d-\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** Go's zero time: "not given". */
const ZERO_MS = Date.parse('0001-01-01T00:00:00Z');

/** ms since 1970, 0 for Go's zero time; `undefined` for what is no time. Finer digits are dropped. */
export function parseTimeMs(text: string): number | undefined {
  const date = RFC3339.exec(text)?.[1];
  if (date === undefined || !isRealDate(date)) return undefined;
  const ms = Date.parse(text.toUpperCase());
  return ms === ZERO_MS ? 0 : ms;
}

/** February has no 30th, though JavaScript takes it for a day in March. */
function isRealDate(date: string): boolean {
  const ms = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
}
