import { describe, expect, test } from 'vitest';
import { formatMatchers } from '../../core/alertmanager/parse-matcher.ts';
import { errorsOf, parsed } from './config-fixture.ts';

test('a configuration with everything that is not a receiver’s', () => {
  const yaml = `
global: { resolve_timeout: 5m }
route: { receiver: ops }
receivers: [{ name: ops }, { name: nobody }]
templates: [own.tmpl, other.tmpl]
inhibit_rules:
  - name: dark host
    source_matchers: [alertname = HostDown]
    target_matchers: ['{severity="warning", alertname!="HostDown"}']
    equal: [host]
  - source_match: { a: b }
    source_match_re: { c: d|e }
    target_match: { f: g }
    target_match_re: { h: i.* }
`;
  const config = parsed(yaml, { files: { 'own.tmpl': 'one', 'other.tmpl': 'two' } });
  expect(config.original).toBe(yaml);
  expect([...config.receivers.keys()]).toEqual(['ops', 'nobody']);
  expect(config.templates).toEqual(['one', 'two']);
  const rules = config.inhibitRules.map(({ sourceMatchers, targetMatchers, equal }) => {
    return [formatMatchers(sourceMatchers), formatMatchers(targetMatchers), equal];
  });
  expect(rules).toEqual([
    ['{alertname="HostDown"}', '{alertname!="HostDown",severity="warning"}', ['host']],
    ['{a="b",c=~"d|e"}', '{f="g",h=~"i.*"}', []],
  ]);
});

test('JSON is YAML, and Go’s words for yes are taken', () => {
  const config = parsed(
    '{"route": {"receiver": "x", "routes": [{"matchers": ["a=b"], "continue": yes}]}, "receivers": [{"name": "x"}]}',
  );
  expect(config.route.routes[0]?.continue).toBe(true);
});

test('fields can be merged from an anchor, and overridden', () => {
  const config = parsed(`
receivers: [{ name: x }]
route:
  receiver: x
  routes:
    - &base { matchers: [a=b], group_wait: 1s, group_interval: 2s }
    - { <<: *base, group_wait: 9s }
    - { matchers: [c=d], <<: [{ group_wait: 3s }, *base] }
`);
  const told = config.route.routes.map(({ id, groupWaitMs, groupIntervalMs }) => {
    return [id, groupWaitMs, groupIntervalMs];
  });
  expect(told).toEqual([
    ['{}/{a="b"}', 1000, 2000],
    ['{}/{a="b"}/1', 9000, 2000],
    ['{}/{c="d"}', 3000, 2000],
  ]);
});

/** The text of a route with these lines, in a configuration that is well otherwise. */
function withRoute(...lines: string[]): string {
  return [
    'receivers: [{ name: x }]',
    'route:',
    '  receiver: x',
    ...lines.map((line) => `  ${line}`),
  ].join('\n');
}

describe('a route is refused', () => {
  test.each([
    ['group_by: [a, b, a]', 'route: duplicated label "a" in group_by'],
    ["group_by: ['']", 'route: invalid label name "" in group_by list'],
    [
      "group_by: ['...', a]",
      'route: cannot have wildcard group_by (`...`) and other labels at the same time',
    ],
    ['group_by: alertname', 'route: "group_by" must be a list'],
    ['group_interval: 0s', 'route: group_interval cannot be zero'],
    ['repeat_interval: 0', 'route: repeat_interval cannot be zero'],
    ['group_wait: 5', 'route: "group_wait": not a valid duration string: "5"'],
    ['group_wait: -5s', 'route: "group_wait": not a valid duration string: "-5s"'],
    ['matchers: [a=b]', 'route: root route must not have any matchers'],
    ['match: { a: b }', 'route: root route must not have any matchers'],
    ['match_re: { a: b }', 'route: root route must not have any matchers'],
    ['continue: true', 'route: cannot have continue in root route'],
    ['continue: maybe', 'route: "continue" must be true or false, not "maybe"'],
    ['grup_by: [a]', 'route: unknown field "grup_by"'],
    ['labels: { team: a }', 'route: "labels" is not supported: set labels in the alerting rules'],
    ['routes: [{ receiver: y }]', 'route.routes[0]: undefined receiver "y" used in route'],
    ['routes: [{ matchers: a=b }]', 'route.routes[0]: "matchers" must be a list'],
    [
      'routes: [{ matchers: [\'a=~"("\'] }]',
      'route.routes[0]: bad matcher format: a=~"(": error parsing regexp: missing closing ): `(`',
    ],
    ['routes: [{ match: { a-b: c } }]', 'route.routes[0]: match: invalid label name "a-b"'],
    [
      "routes: [{ match_re: { a: '*' } }]",
      'route.routes[0]: match_re: error parsing regexp: missing argument to repetition operator: `*`',
    ],
    [
      'routes: [{ mute_time_intervals: [night] }]',
      'route.routes[0]: undefined time interval "night" used in route',
    ],
    [
      'routes: [{ routes: [{ active_time_intervals: [day] }] }]',
      'route.routes[0].routes[0]: undefined time interval "day" used in route',
    ],
    ['routes: [~]', 'route.routes[0] must be a mapping of fields'],
  ])('%s', (line, message) => {
    expect(errorsOf(withRoute(line))).toEqual([`am.yaml:4: ${message}`]);
  });
});

describe('a configuration is refused', () => {
  test.each([
    ['', 'am.yaml:1: no route provided in config'],
    ['receivers: [{ name: x }]', 'am.yaml:1: no route provided in config'],
    ['route: { group_by: [a] }', 'am.yaml:1: route: root route must specify a default receiver'],
    ['route: { receiver: y }', 'am.yaml:1: route: undefined receiver "y" used in route'],
    ['just text', 'am.yaml:1: the file must be a mapping of fields'],
    ['route: [', 'am.yaml:1: not valid YAML: '],
    ['route: { receiver: x }\nroute: { receiver: x }', 'not valid YAML: Map keys must be unique'],
  ])('%j', (yaml, message) => {
    expect(errorsOf(yaml)).toContainEqual(expect.stringContaining(message));
  });

  const good = 'route: { receiver: x }\nreceivers: [{ name: x }]\n';
  test.each([
    ['bogus: 1', 'the file: unknown field "bogus"'],
    ['tracing: {}', 'the file: "tracing" is not supported: there is no server to trace'],
    ["templates: ['*.tmpl']", 'the file: "*.tmpl": patterns are not supported; name each file'],
    ['templates: [no.tmpl]', 'the file: there is no file "no.tmpl"'],
    ["inhibit_rules: [{ equal: [''] }]", 'inhibit_rules[0]: invalid label name "" in equal list'],
    ['inhibit_rules: [{ source: a }]', 'inhibit_rules[0]: unknown field "source"'],
    [
      'inhibit_rules: [{ source_matchers: [a] }]',
      "inhibit_rules[0]: bad matcher format: a: expected an operator such as '=', '!=', '=~' or '!~'",
    ],
    [
      'time_intervals: [{ time_intervals: [] }]',
      'time_intervals[0]: missing name in time interval',
    ],
    [
      'time_intervals: [{ name: a }, { name: a }]',
      'time_intervals[1]: time interval "a" is not unique',
    ],
    [
      '{ mute_time_intervals: [{ name: a }], time_intervals: [{ name: a }] }',
      'time_intervals[0]: time interval "a" is not unique',
    ],
    [
      'global: { resolve_timeout: soon }',
      'the file, global: "resolve_timeout": not a valid duration string: "soon"',
    ],
    ['global: { smtp_form: a }', 'the file, global: unknown field "smtp_form"'],
  ])('%s', (line, message) => {
    const yaml = line.startsWith('{')
      ? `${good}${line.slice(2, -2).replace('], ', ']\n')}`
      : `${good}${line}`;
    expect(errorsOf(yaml).map((error) => error.replace(/^am.yaml:\d+: /, ''))).toEqual([message]);
  });

  test('all errors at once, in the order of the file', () => {
    const yaml =
      'route:\n  receiver: y\n  group_by: [a, a]\nreceivers:\n  - name: x\n  - name: x\n  - {}\n';
    expect(errorsOf(yaml)).toEqual([
      'am.yaml:2: route: undefined receiver "y" used in route',
      'am.yaml:3: route: duplicated label "a" in group_by',
      'am.yaml:6: notification config name "x" is not unique',
      'am.yaml:7: receivers[2]: missing name in receiver',
    ]);
  });
});

describe('bounds', () => {
  test('a file of more than a megabyte', () => {
    expect(errorsOf(`#${'x'.repeat(1 << 20)}`)[0]).toContain('the limit is 1048576');
  });

  test('aliases that multiply', () => {
    const levels = Array.from({ length: 12 }, (_, i) => {
      const below = i === 0 ? '' : `, routes: [${Array.from({ length: 4 }, () => `*r${i - 1}`)}]`;
      return `- &r${i} { matchers: [a=b]${below} }`;
    });
    expect(errorsOf(withRoute('routes:', ...levels))).toContainEqual(
      expect.stringContaining('there are more than 2000 routes'),
    );
  });

  test('an alias within what it names', () => {
    expect(errorsOf(withRoute('routes: &r [{ matchers: [a=b], routes: *r }]'))).toContainEqual(
      expect.stringContaining('routes are more than 32 deep'),
    );
    expect(errorsOf(withRoute('routes: [&r { <<: *r }]'))).toContainEqual(
      expect.stringContaining('"<<" names a mapping that contains it'),
    );
  });
});

describe('variables', () => {
  const use = (name: string) => ['$', '{', name, '}'].join('');
  const yaml = (value: string) =>
    `route: { receiver: x, routes: [{ matchers: ['a=${value}'] }] }\nreceivers: [{ name: x }]`;

  test('stand for their text', () => {
    const text = yaml(`${use('SITE')}-$${use('SITE')}-$SITE-${use('1')}.`);
    const config = parsed(text, { variables: { SITE: 'berlin' } });
    const value = config.route.routes[0]?.matchers[0]?.value;
    expect(value).toBe(`berlin-${use('SITE')}-$SITE-${use('1')}.`);
    expect(config.original).toBe(text);
  });

  test('that are not there are an error', () => {
    expect(errorsOf(yaml(use('SITE')), { variables: { site: 'b' } })).toEqual([
      'am.yaml:1: route.routes[0]: a matcher: there is no variable "SITE"',
    ]);
    expect(errorsOf(yaml(use('toString')))).toHaveLength(1);
  });
});
