/** RFC 3339, which may end after the day or before the zone, which is UTC then: as go-openapi/strfmt. */
const TIME =
  /^(\d{4}-\d\d-\d\d)(?:T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/i;

/** Go's zero time: "not given". */
const ZERO_MS = Date.parse('0001-01-01T00:00:00Z');

/** ms since 1970, 0 for Go's zero time; `undefined` for what is no time. Finer digits are dropped. */
export function parseTimeMs(text: string): number | undefined {
  const [, date, zone] = TIME.exec(text) ?? [];
  if (date === undefined || !isRealDate(date)) return undefined;
  // JavaScript takes a day alone for UTC, and a time without zone for local time.
  const isLocal = zone === undefined && text !== date;
  const ms = Date.parse(`${text.toUpperCase()}${isLocal ? 'Z' : ''}`);
  return ms === ZERO_MS ? 0 : ms;
}

/** February has no 30th, though JavaScript takes it for a day in March. */
function isRealDate(date: string): boolean {
  const ms = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
}
