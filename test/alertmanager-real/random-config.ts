import fc from 'fast-check';
import { formatMatcher } from '../../core/alertmanager/parse-matcher.ts';

/** A configuration as data: written as JSON, which is YAML. */
export interface ConfigData {
  route: RouteData;
  receivers: { name: string; webhook_configs?: { url: string }[] }[];
  inhibit_rules: Record<string, unknown>[];
  time_intervals: { name: string; time_intervals: Record<string, unknown>[] }[];
}

export interface RouteData {
  receiver?: string;
  group_by?: string[];
  group_wait?: string;
  group_interval?: string;
  repeat_interval?: string;
  matchers?: string[];
  match?: Record<string, string>;
  match_re?: Record<string, string>;
  mute_time_intervals?: string[];
  active_time_intervals?: string[];
  continue?: boolean;
  routes?: RouteData[];
}

const RECEIVERS = ['ops', 'web', 'night-shift', 'a b'];
const NAMES = ['host', 'vm', 'severity', '_x1'];
/** Few, so that matchers often hold; some that must be quoted or escaped. */
const VALUES = ['a', 'b', 'ab', '', 'say "a"', 'C:\\vm', 'a,b', '{a}', 'é💥', '1', ' a '];
const PATTERNS = [
  'a',
  'a|b',
  '.*',
  '.+',
  '',
  '[ab]+',
  '(a|C:\\\\vm)',
  'a.*|1',
  '(?i)A',
  'é.',
  '\\d',
];

const name = fc.constantFrom(...NAMES);

export const anyLabels = fc.dictionary(name, fc.constantFrom(...VALUES), { noNullPrototype: true });

/** A matcher as text, quoted and not. */
export const anyMatcher = fc.oneof(
  fc
    .record({
      name,
      op: fc.constantFrom('=' as const, '!=' as const),
      value: fc.constantFrom(...VALUES),
    })
    .map(formatMatcher),
  fc
    .record({
      name,
      op: fc.constantFrom('=~' as const, '!~' as const),
      value: fc.constantFrom(...PATTERNS),
    })
    .map(formatMatcher),
  fc.constantFrom(
    'host=a',
    ' vm != ab ',
    '{severity=~a|b}',
    'host=a,vm=b',
    'host=',
    '{ host = "a" , }',
  ),
);

const matchers = fc.array(anyMatcher, { maxLength: 2 });
const duration = fc.constantFrom('1s', '30s', '5m', '1h30m', '1d');
const intervals = fc.uniqueArray(fc.constantFrom('night', 'weekend'), { maxLength: 2 });

const routeOptions = {
  receiver: fc.constantFrom(...RECEIVERS),
  group_by: fc.oneof(fc.uniqueArray(name, { maxLength: 3 }), fc.constant<string[]>(['...'])),
  group_wait: duration,
  group_interval: duration,
  repeat_interval: duration,
};

function childRoute(levelsBelow: number): fc.Arbitrary<RouteData> {
  const below =
    levelsBelow === 0
      ? fc.constant<RouteData[]>([])
      : fc.array(childRoute(levelsBelow - 1), { maxLength: 3 });
  return fc.record(
    {
      ...routeOptions,
      matchers,
      match: dictionaryOf(VALUES),
      match_re: dictionaryOf(PATTERNS),
      mute_time_intervals: intervals,
      active_time_intervals: intervals,
      continue: fc.boolean(),
      routes: below,
    },
    { requiredKeys: [] },
  );
}

function dictionaryOf(values: readonly string[]): fc.Arbitrary<Record<string, string>> {
  return fc.dictionary(name, fc.constantFrom(...values), { maxKeys: 1, noNullPrototype: true });
}

export const anyInhibitRule = fc.record(
  {
    source_matchers: matchers,
    target_matchers: matchers,
    source_match: dictionaryOf(VALUES),
    equal: fc.uniqueArray(name, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

const timeInterval = fc.record(
  {
    times: fc.constant([{ start_time: '09:00', end_time: '17:30' }]),
    weekdays: fc.constantFrom(['monday:friday'], ['Saturday', 'sunday']),
    days_of_month: fc.constantFrom(['1:5', '-3:-1'], ['31']),
    months: fc.constantFrom(['january:march'], ['4', 'may:12']),
    years: fc.constantFrom(['2020:2030'], ['2026']),
    location: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata'),
  },
  { requiredKeys: [] },
);

const namedIntervals = fc
  .tuple(fc.array(timeInterval, { maxLength: 2 }), fc.array(timeInterval, { maxLength: 2 }))
  .map(([night, weekend]) => [
    { name: 'night', time_intervals: night },
    { name: 'weekend', time_intervals: weekend },
  ]);

/** A configuration without anything wrong in it. */
export const anyConfig: fc.Arbitrary<ConfigData> = fc.record({
  route: fc.record(
    { ...routeOptions, routes: fc.array(childRoute(2), { maxLength: 5 }) },
    { requiredKeys: ['receiver', 'routes'] },
  ),
  receivers: fc.constant(RECEIVERS.map((receiver) => ({ name: receiver }))),
  inhibit_rules: fc.array(anyInhibitRule, { maxLength: 2 }),
  time_intervals: namedIntervals,
});

type Break = (config: ConfigData, route: RouteData) => void;

/** Ways to spoil a configuration, given a route of it that is not the root. */
const BREAKS: Readonly<Record<string, Break>> = {
  'unknown receiver': (_, route) => (route.receiver = 'who'),
  'unknown time interval': (_, route) => (route.mute_time_intervals = ['lunch']),
  'unknown active interval': (_, route) => (route.active_time_intervals = ['lunch']),
  'no operator': (_, route) => (route.matchers = ['host']),
  'broken pattern': (_, route) => (route.matchers = ['host=~"("']),
  'stray quote': (_, route) => (route.matchers = ['host=a"b']),
  'broken match_re': (_, route) => (route.match_re = { host: '*' }),
  'bad name in match': (_, route) => (route.match = { 'a-b': 'c' }),
  'duplicate group_by': (_, route) => (route.group_by = ['a', 'a']),
  'empty group_by': (_, route) => (route.group_by = ['']),
  'wildcard and more': (_, route) => (route.group_by = ['...', 'a']),
  'group_interval 0': (_, route) => (route.group_interval = '0s'),
  'repeat_interval 0': (_, route) => (route.repeat_interval = '0s'),
  'bad duration': (_, route) => (route.group_wait = '5 minutes'),
  'unknown field': (_, route) => Object.assign(route, { group_bye: [] }),
  'wrong type': (_, route) => Object.assign(route, { matchers: { host: 'a' } }),
  'wrong boolean': (_, route) => Object.assign(route, { continue: 'perhaps' }),
  'root with matchers': (config) => (config.route.matchers = ['host=a']),
  'root with mute interval': (config) => (config.route.mute_time_intervals = ['night']),
  'root with active interval': (config) => (config.route.active_time_intervals = ['night']),
  'root with continue': (config) => (config.route.continue = true),
  'no root receiver': (config) => delete config.route.receiver,
  'no route': (config) => Reflect.deleteProperty(config, 'route'),
  'same receiver twice': (config) => config.receivers.push({ name: 'ops' }),
  'nameless receiver': (config) => config.receivers.push({ name: '' }),
  'webhook without URL': (config) =>
    Object.assign(config.receivers[0] ?? {}, { webhook_configs: [{}] }),
  'webhook to nowhere': (config) =>
    Object.assign(config.receivers[0] ?? {}, { webhook_configs: [{ url: 'ftp://x' }] }),
  'sns without target': (config) => Object.assign(config.receivers[0] ?? {}, { sns_configs: [{}] }),
  'slack without URL': (config) =>
    Object.assign(config.receivers[0] ?? {}, { slack_configs: [{}] }),
  'pagerduty without key': (config) =>
    Object.assign(config.receivers[0] ?? {}, { pagerduty_configs: [{}] }),
  'two ways to log in': (config) =>
    Object.assign(config, { global: { http_config: { bearer_token: 'a', basic_auth: {} } } }),
  'same interval twice': (config) =>
    config.time_intervals.push({ name: 'night', time_intervals: [] }),
  'nameless interval': (config) => config.time_intervals.push({ name: '', time_intervals: [] }),
  'bad equal': (config) => config.inhibit_rules.push({ equal: [''] }),
  'bad source': (config) => config.inhibit_rules.push({ source_matchers: ['='] }),
  ...intervalBreaks(),
};

function intervalBreaks(): Record<string, Break> {
  const broken: Record<string, unknown>[] = [
    { times: [{ start_time: '9:00', end_time: '17:00' }] },
    { times: [{ start_time: '17:00', end_time: '09:00' }] },
    { times: [{ start_time: '17:00' }] },
    { weekdays: ['mon'] },
    { weekdays: ['friday:monday'] },
    { days_of_month: ['0'] },
    { days_of_month: ['-1:5'] },
    { days_of_month: ['20:-15'] },
    { days_of_month: ['1:2:3'] },
    { months: ['march:january'] },
    { months: ['winter'] },
    { years: ['2026:2020'] },
    { location: 'Mars/Olympus' },
    { timezone: 'UTC' },
  ];
  return Object.fromEntries(
    broken.map((interval): [string, Break] => [
      `interval ${JSON.stringify(interval)}`,
      (config) => config.time_intervals.push({ name: 'other', time_intervals: [interval] }),
    ]),
  );
}

/** A configuration with one thing wrong, and which. */
export const brokenConfig = fc
  .tuple(anyConfig, fc.constantFrom(...Object.entries(BREAKS)), fc.nat())
  .map(([data, [what, spoil], at]) => {
    const config = structuredClone(data);
    const routes = config.route.routes ?? [];
    const route = routes[at % Math.max(routes.length, 1)] ?? {};
    if (routes.length === 0) config.route.routes = [route];
    spoil(config, route);
    return { what, config };
  });
