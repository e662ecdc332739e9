const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** What is no UUID as most are written follows this. */
const AS_IT_IS = '=';

/** A UUID without its dashes, which take a tenth of what is sent. */
export function shortId(uuid: string): string {
  return UUID.test(uuid) ? uuid.replaceAll('-', '') : AS_IT_IS + uuid;
}

/** The UUID that `shortId` made shorter. */
export function wholeId(short: string): string {
  if (short.startsWith(AS_IT_IS)) return short.slice(AS_IT_IS.length);
  return short.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
