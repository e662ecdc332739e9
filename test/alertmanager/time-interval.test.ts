import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWithin, mutedByTime, type TimeInterval } from '../../core/alertmanager/time-interval.ts';
import { errorsOf, parsed } from './config-fixture.ts';

/** One time interval, written as the value of a list's only entry. */
function intervalOf(yaml: string): TimeInterval {
  const config = parsed(
    `{receivers: [{name: x}], route: {receiver: x}, time_intervals: [{name: t, time_intervals: [${yaml}]}]}`,
  );
  const interval = config.timeIntervals.get('t')?.[0];
  if (interval === undefined) throw new Error(`no interval: ${yaml}`);
  return interval;
}

function problemsOf(yaml: string): string[] {
  return errorsOf(
    `{receivers: [{name: x}], route: {receiver: x}, time_intervals: [{name: t, time_intervals: [${yaml}]}]}`,
  ).map((error) => error.replace('am.yaml:1: time interval "t": ', ''));
}

describe('an interval holds', () => {
  test.each([
    ['{}', '2026-03-02T00:00:00Z', true],
    ["{times: [{start_time: 09:00, end_time: '17:00'}]}", '2026-03-02T09:00:00Z', true],
    ["{times: [{start_time: 09:00, end_time: '17:00'}]}", '2026-03-02T16:59:59Z', true],
    ["{times: [{start_time: 09:00, end_time: '17:00'}]}", '2026-03-02T17:00:00Z', false],
    ["{times: [{start_time: '22:00', end_time: '24:00'}]}", '2026-03-02T23:59:59Z', true],
    ["{weekdays: ['monday:friday']}", '2026-03-02T12:00:00Z', true], // a Monday
    ["{weekdays: ['monday:friday']}", '2026-03-01T12:00:00Z', false],
    ['{weekdays: [Saturday, sunday]}', '2026-03-01T12:00:00Z', true],
    ["{days_of_month: ['1:5']}", '2026-03-05T23:00:00Z', true],
    ["{days_of_month: ['1:5']}", '2026-03-06T00:00:00Z', false],
    ["{days_of_month: ['-3:-1']}", '2026-02-26T00:00:00Z', true],
    ["{days_of_month: ['-3:-1']}", '2026-02-25T00:00:00Z', false],
    ["{days_of_month: ['-1']}", '2024-02-29T00:00:00Z', true], // a leap year
    ["{days_of_month: ['-1']}", '2024-02-28T00:00:00Z', false],
    ["{days_of_month: ['10:31']}", '2026-02-28T00:00:00Z', true],
    ['{days_of_month: [31]}', '2026-04-30T00:00:00Z', false],
    ["{months: ['january:march']}", '2026-03-31T23:00:00Z', true],
    ["{months: ['4:6', December]}", '2026-12-01T00:00:00Z', true],
    ["{months: ['4:6', December]}", '2026-07-01T00:00:00Z', false],
    ["{years: ['2025:2027']}", '2026-01-01T00:00:00Z', true],
    ['{years: [2025]}', '2026-01-01T00:00:00Z', false],
    // All that is given must hold.
    ["{weekdays: [monday], years: ['2025']}", '2026-03-02T12:00:00Z', false],
    // 23:30 in UTC on Sunday is Monday in Berlin, and 09:00 in Sydney.
    ["{weekdays: [monday], location: 'Europe/Berlin'}", '2026-03-01T23:30:00Z', true],
    ["{weekdays: [sunday], location: 'UTC'}", '2026-03-01T23:30:00Z', true],
    [
      "{times: [{start_time: '10:30', end_time: '10:31'}], location: Australia/Sydney}",
      '2026-03-01T23:30:00Z',
      true,
    ],
    ['{years: [2027], location: Asia/Tokyo}', '2026-12-31T15:00:00Z', true],
    // The last day of a month in which the clock goes forward.
    ["{days_of_month: ['-1'], location: Europe/Berlin}", '2026-03-31T12:00:00Z', true],
    ["{days_of_month: ['-1'], location: Europe/Berlin}", '2026-03-30T12:00:00Z', false],
    // In the hour that exists twice.
    [
      "{times: [{start_time: '02:30', end_time: '02:31'}], location: Europe/Berlin}",
      '2026-10-25T00:30:00Z',
      true,
    ],
    [
      "{times: [{start_time: '02:30', end_time: '02:31'}], location: Europe/Berlin}",
      '2026-10-25T01:30:00Z',
      true,
    ],
  ])('%s at %s: %s', (yaml, at, expected) => {
    expect(isWithin(intervalOf(yaml), Date.parse(at))).toBe(expected);
  });
});

test.each([
  ['{times: [{start_time: 9:00, end_time: 17:00}]}', 'write it as 09:30'],
  ['{times: [{start_time: 09:00, end_time: 24:01}]}', "couldn't parse timestamp 24:01"],
  ['{times: [{start_time: 17:00, end_time: 09:00}]}', 'start time cannot be equal or greater'],
  ['{times: [{start_time: 17:00}]}', 'both start and end times must be provided'],
  ['{times: []}', '"times" is empty'],
  ['{weekdays: [mon]}', 'mon is not a valid weekday'],
  ['{weekdays: ["friday:monday"]}', 'start day cannot be before end day'],
  ['{weekdays: ["monday:tuesday:friday"]}', 'invalid format'],
  ['{days_of_month: [0]}', '0 is not a valid day of the month'],
  ['{days_of_month: [32]}', '32 is not a valid day of the month'],
  ['{days_of_month: ["-5:5"]}', 'end day must be negative if start day is negative'],
  ['{days_of_month: ["20:-15"]}', 'end day -15 is always before start day 20'],
  ['{days_of_month: [x]}', 'x is not a whole number'],
  ['{months: [13]}', '13 is not a valid month'],
  ['{months: ["june:may"]}', 'end month may is before start month june'],
  ['{years: ["2026:2025"]}', 'end year 2025 is before start year 2026'],
  ['{location: Mars/Olympus}', 'unknown time zone Mars/Olympus'],
  ['{location: europe/berlin}', 'did you mean Europe/Berlin?'],
  ['{location: +01:00}', 'unknown time zone +01:00'],
  ['{location: Local}', 'name a zone'],
  ['{timezone: UTC}', 'unknown field "timezone"'],
])('%s is refused', (yaml, message) => {
  expect(problemsOf(yaml)).toEqual([expect.stringContaining(message)]);
});

const NIGHT_AND_WEEKEND = parsed(`
receivers: [{name: x}]
route:
  receiver: x
  routes:
    - { matchers: [a=muted], mute_time_intervals: [night, weekend] }
    - { matchers: [a=active], active_time_intervals: [office, weekend] }
    - { matchers: [a=both], active_time_intervals: [office], mute_time_intervals: [lunch] }
time_intervals:
  - name: night
    time_intervals:
      - times: [{ start_time: '22:00', end_time: '24:00' }]
      - times: [{ start_time: '00:00', end_time: '06:00' }]
  - name: weekend
    time_intervals: [{ weekdays: ['saturday', 'sunday'] }]
  - name: office
    time_intervals: [{ times: [{ start_time: '09:00', end_time: '17:00' }] }]
mute_time_intervals:
  - name: lunch
    time_intervals: [{ times: [{ start_time: '12:00', end_time: '13:00' }] }]
`);

test.each([
  [0, '2026-03-04T12:00:00Z', { muted: false, by: [] }],
  [0, '2026-03-04T23:00:00Z', { muted: true, by: ['night'] }],
  [0, '2026-03-07T05:00:00Z', { muted: true, by: ['night', 'weekend'] }],
  [1, '2026-03-04T12:00:00Z', { muted: false, by: [] }],
  [1, '2026-03-07T23:00:00Z', { muted: false, by: [] }],
  [1, '2026-03-04T18:00:00Z', { muted: true, by: ['office', 'weekend'] }],
  [2, '2026-03-04T11:00:00Z', { muted: false, by: [] }],
  [2, '2026-03-04T12:30:00Z', { muted: true, by: ['lunch'] }],
  [2, '2026-03-04T20:00:00Z', { muted: true, by: ['office'] }],
])('route %d at %s', (index, at, expected) => {
  const route = NIGHT_AND_WEEKEND.route.routes[index];
  if (route === undefined) throw new Error(`no route ${index}`);
  expect(mutedByTime(route, NIGHT_AND_WEEKEND, Date.parse(at))).toEqual(expected);
});

test('a root has no intervals and is never muted', () => {
  expect(mutedByTime(NIGHT_AND_WEEKEND.route, NIGHT_AND_WEEKEND, 0)).toEqual({
    muted: false,
    by: [],
  });
});

test('law: an interval and its complement in the day share every minute', () => {
  const minute = fc.integer({ min: 1, max: 1439 });
  const zone = fc.constantFrom('UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Chatham');
  const time = fc.integer({ min: 0, max: 4e12 });
  fc.assert(
    fc.property(minute, zone, time, (cut, location, nowMs) => {
      const part = (times: readonly [number, number]): TimeInterval => {
        return { times: [times], weekdays: [], daysOfMonth: [], months: [], years: [], location };
      };
      expect(isWithin(part([0, cut]), nowMs)).toBe(!isWithin(part([cut, 1440]), nowMs));
    }),
  );
});
