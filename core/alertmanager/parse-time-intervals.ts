import type { Node } from 'yaml';
import { err, ok, type Result } from '../result.ts';
import { type ConfigReader, ConfigSection } from './config-section.ts';
import { locationProblem, type TimeInterval } from './time-interval.ts';

type Range = readonly [from: number, to: number];

const FIELDS = ['times', 'weekdays', 'days_of_month', 'months', 'years', 'location'];

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september'],
  ...['october', 'november', 'december'],
];

/** Reads `time_intervals` and the older `mute_time_intervals`, whose names must differ. */
export function readTimeIntervals(
  root: ConfigSection,
): ReadonlyMap<string, readonly TimeInterval[]> {
  const intervals = new Map<string, readonly TimeInterval[]>();
  for (const [field, called] of [
    ['mute_time_intervals', 'mute time interval'],
    ['time_intervals', 'time interval'],
  ] as const) {
    root.list(field).forEach((node, i) => {
      const fields = ['name', 'time_intervals'];
      const section = ConfigSection.open(root.reader, node, `${field}[${i}]`, fields);
      if (section === undefined) return;
      const name = section.text('name') ?? '';
      if (name === '') section.problem(undefined, `missing name in ${called}`);
      else if (intervals.has(name)) section.problem('name', `${called} "${name}" is not unique`);
      intervals.set(name, readAll(section, `${called} "${name}"`));
    });
  }
  return intervals;
}

function readAll(section: ConfigSection, what: string): TimeInterval[] {
  return section.list('time_intervals').flatMap((node) => {
    const interval = ConfigSection.open(section.reader, node, what, FIELDS);
    return interval === undefined ? [] : [readOne(interval)];
  });
}

function readOne(section: ConfigSection): TimeInterval {
  for (const field of ['times', 'weekdays', 'days_of_month', 'months', 'years']) {
    if (section.has(field) && section.list(field).length === 0)
      section.problem(field, `"${field}" is empty, so that it would never hold; leave it out`);
  }
  const location = section.text('location') || 'UTC';
  const problem = locationProblem(location);
  if (problem !== undefined) section.problem('location', problem);
  return {
    times: section.list('times').flatMap((node) => readTimes(section.reader, node, section.what)),
    weekdays: readRanges(section, 'weekdays', parseWeekdays),
    daysOfMonth: readRanges(section, 'days_of_month', parseDaysOfMonth),
    months: readRanges(section, 'months', parseMonths),
    years: readRanges(section, 'years', parseYears),
    location,
  };
}

function readRanges(
  section: ConfigSection,
  field: string,
  parse: (text: string) => Result<Range, string>,
): Range[] {
  return section.list(field).flatMap((node) => {
    const { yaml } = section.reader;
    const text = yaml.text(node, `${section.what}: "${field}"`);
    if (text === undefined) return [];
    const range = parse(text.toLowerCase());
    if (range.ok) return [range.value];
    yaml.problem(node, `${section.what}: "${field}": ${range.error}`);
    return [];
  });
}

function readTimes(reader: ConfigReader, node: Node, what: string): Range[] {
  const section = ConfigSection.open(reader, node, what, ['start_time', 'end_time']);
  if (section === undefined) return [];
  const start = section.text('start_time') ?? '';
  const end = section.text('end_time') ?? '';
  if (start === '' || end === '') {
    section.problem(undefined, 'both start and end times must be provided');
    return [];
  }
  const [from, to] = [parseMinutes(start), parseMinutes(end)];
  if (from === undefined) section.problem('start_time', notATime(start));
  if (to === undefined) section.problem('end_time', notATime(end));
  if (from === undefined || to === undefined) return [];
  if (from >= to) section.problem(undefined, 'start time cannot be equal or greater than end time');
  return [[from, to]];
}

function notATime(text: string): string {
  return `couldn't parse timestamp ${text}, invalid format; write it as 09:30`;
}

function parseMinutes(text: string): number | undefined {
  if (!/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/.test(text)) return undefined;
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
}

/** `a:b` or `a`, each side read by `member`. */
function parseRange(
  text: string,
  member: (text: string) => Result<number, string>,
): Result<Range, string> {
  const parts = text.split(':');
  const [first = '', last = first] = parts;
  if (parts.length > 2) return err(`couldn't parse range ${text}, invalid format`);
  const from = member(first);
  if (!from.ok) return from;
  const to = member(last);
  return to.ok ? ok([from.value, to.value]) : to;
}

function parseNumber(text: string): Result<number, string> {
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return ok(Number(text));
  return err(`${text} is not a whole number`);
}

function parseWeekdays(text: string): Result<Range, string> {
  const range = parseRange(text, (name) => {
    const day = WEEKDAYS.indexOf(name);
    return day < 0 ? err(`${name} is not a valid weekday`) : ok(day);
  });
  if (range.ok && range.value[0] > range.value[1])
    return err(`start day cannot be before end day; write ${text} as two ranges`);
  return range;
}

function parseMonths(text: string): Result<Range, string> {
  const range = parseRange(text, (name) => {
    const month = MONTHS.includes(name) ? ok(MONTHS.indexOf(name) + 1) : parseNumber(name);
    const isMonth = month.ok && month.value >= 1 && month.value <= 12;
    return isMonth ? month : err(`${name} is not a valid month`);
  });
  if (range.ok && range.value[0] > range.value[1])
    return err(
      `end month ${MONTHS[range.value[1] - 1]} is before start month ${MONTHS[range.value[0] - 1]}`,
    );
  return range;
}

function parseYears(text: string): Result<Range, string> {
  const range = parseRange(text, parseNumber);
  if (range.ok && range.value[0] > range.value[1])
    return err(`end year ${range.value[1]} is before start year ${range.value[0]}`);
  return range;
}

const SHORTEST_MONTH_DAYS = 28;

function parseDaysOfMonth(text: string): Result<Range, string> {
  const range = parseRange(text, (day) => {
    const number = parseNumber(day);
    if (number.ok && (number.value === 0 || Math.abs(number.value) > 31))
      return err(`${day} is not a valid day of the month: out of range`);
    return number;
  });
  if (!range.ok) return range;
  const [from, to] = range.value;
  if (from < 0 && to > 0) return err('end day must be negative if start day is negative');
  const fromStart = (day: number): number => (day < 0 ? SHORTEST_MONTH_DAYS + day : day);
  if (fromStart(from) > fromStart(to))
    return err(`end day ${to} is always before start day ${from}`);
  return range;
}
