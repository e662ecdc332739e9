import type { GoTime } from './value.ts';

type Style = 'longOffset' | 'short';

/** Names that no English-speaking country uses, by offset. Source: the tz database. */
const NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Asia/Hong_Kong': { '+08:00': 'HKT' },
  'Asia/Jakarta': { '+07:00': 'WIB' },
  'Asia/Jerusalem': { '+02:00': 'IST', '+03:00': 'IDT' },
  'Asia/Karachi': { '+05:00': 'PKT' },
  'Asia/Manila': { '+08:00': 'PST' },
  'Asia/Seoul': { '+09:00': 'KST' },
  'Asia/Shanghai': { '+08:00': 'CST' },
  'Asia/Taipei': { '+08:00': 'CST' },
  'Asia/Tokyo': { '+09:00': 'JST' },
  'Europe/Moscow': { '+03:00': 'MSK' },
};

/** What of a zone has been asked for; there are some 600 zones. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** Is there a zone of this IANA name? */
export function isZone(name: string): boolean {
  try {
    return formatOf(name, 'en-US', 'longOffset') !== undefined;
  } catch (problem) {
    if (problem instanceof RangeError) return false;
    throw problem;
  }
}

/** The time as the clocks of its zone show it, as if they showed UTC. */
export function zonedMs(time: GoTime): number {
  const [, sign, hours, minutes, seconds] =
    /^([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(offsetText(time)) ?? [];
  const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0);
  return time.atMs + (sign === '-' ? -offset : offset) * 1000;
}

/** `+02:00`. */
export function offsetText({ zone, atMs }: GoTime): string {
  if (zone === undefined) return '+00:00';
  const text = namePart(formatOf(zone, 'en-US', 'longOffset'), atMs).replace('GMT', '');
  return text === '' ? '+00:00' : text;
}

/** `CEST`; as Go, the offset (`+03`) for zones whose time has no name. */
export function zoneName(time: GoTime): string {
  const { zone, atMs } = time;
  if (zone === undefined) return 'UTC';
  const offset = offsetText(time);
  const known = NAMES[zone]?.[offset];
  if (known !== undefined) return known;
  // Which names are known depends on the language's country.
  for (const language of ['en-US', 'en-GB', 'en-CA', 'en-AU', 'en-NZ', 'en-ZA', 'en-IN']) {
    const name = namePart(formatOf(zone, language, 'short'), atMs);
    if (/^[A-Z]{2,5}$/.test(name)) return name;
  }
  return offset.replace(':00', '').replace(':', '');
}

function formatOf(zone: string, language: string, style: Style): Intl.DateTimeFormat {
  const key = `${zone} ${language} ${style}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(language, { timeZone: zone, timeZoneName: style });
  formats.set(key, made);
  return made;
}

function namePart(format: Intl.DateTimeFormat, atMs: number): string {
  return format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
}
