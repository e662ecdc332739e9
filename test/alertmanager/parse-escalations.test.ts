import { expect, test } from 'vitest';
import { parseEscalations } from '../../core/alertmanager/parse-escalations.ts';
import { formatMatchers } from '../../core/alertmanager/parse-matcher.ts';
import { formatRuleFileError } from '../../core/rules/rule-file.ts';
import { parsed } from './config-fixture.ts';

const CONFIG = parsed(`
route: { receiver: ops }
receivers:
  - { name: ops, webhook_configs: [{ url: 'https://a/' }] }
  - { name: lead, webhook_configs: [{ url: 'https://b/' }] }
  - { name: all, webhook_configs: [{ url: 'https://c/' }] }
  - { name: nobody }
`);

function errorsOf(...lines: string[]): string[] {
  const read = parseEscalations(['escalations:', ...lines].join('\n'), 'esc.yaml', CONFIG);
  return read.ok ? [] : read.error.map(formatRuleFileError);
}

test('a chain', () => {
  const read = parseEscalations(
    `escalations:
  - { matchers: [severity = critical, 'team =~ "a|b"'], from: ops, to: lead, after: 15m }
  - { from: lead, to: all, after: 1h }
`,
    'esc.yaml',
    CONFIG,
  );
  if (!read.ok) throw new Error(read.error.map(formatRuleFileError).join());
  expect(
    read.value.map(({ matchers, ...rest }) => ({ ...rest, matchers: formatMatchers(matchers) })),
  ).toEqual([
    { matchers: '{severity="critical",team=~"a|b"}', from: 'ops', to: 'lead', afterMs: 900_000 },
    { matchers: '{}', from: 'lead', to: 'all', afterMs: 3_600_000 },
  ]);
});

test.each(['', 'escalations: []', 'escalations:', '# none'])('%j has none', (text) => {
  expect(parseEscalations(text, 'esc.yaml', CONFIG)).toEqual({ ok: true, value: [] });
});

test.each([
  ['{ from: ops, to: lead }', 'escalations[0]: missing "after", such as 15m'],
  ['{ from: ops, to: lead, after: 0s }', 'escalations[0]: "after" cannot be zero'],
  [
    '{ from: ops, to: lead, after: soon }',
    'escalations[0]: "after": not a valid duration string: "soon"',
  ],
  ['{ to: lead, after: 5m }', 'escalations[0]: missing receiver "from"'],
  ['{ from: boss, to: lead, after: 5m }', 'escalations[0]: undefined receiver "boss" in "from"'],
  ['{ from: ops, to: boss, after: 5m }', 'escalations[0]: undefined receiver "boss" in "to"'],
  ['{ from: ops, to: ops, after: 5m }', 'escalation from "ops" to "ops" closes a circle'],
  [
    '{ from: ops, to: nobody, after: 5m }',
    'escalations[0]: receiver "nobody" has no integrations: nobody would be told',
  ],
  ['{ from: ops, to: lead, after: 5m, matchers: [a] }', 'escalations[0]: bad matcher format: a: '],
  ['{ from: ops, to: lead, after: 5m, every: 1h }', 'escalations[0]: unknown field "every"'],
])('%s is refused', (escalation, message) => {
  expect(errorsOf(`- ${escalation}`)).toEqual([expect.stringContaining(`esc.yaml:2: ${message}`)]);
});

test('a circle is refused where it closes', () => {
  expect(
    errorsOf(
      '- { from: lead, to: all, after: 5m }',
      '- { from: ops, to: lead, after: 5m }',
      '- { from: all, to: ops, after: 5m, matchers: [severity=critical] }',
    ),
  ).toEqual(['esc.yaml:4: escalation from "all" to "ops" closes a circle']);
});
