import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../agent/config.ts';
import { SETTING_NAMES, SETTINGS, SettingsSchema } from '../../agent/config-schema.ts';
import { agentSchema } from '../../docs/agent-schema.ts';
import { runTestFile } from '../../infra/cli/rule-tests.ts';

const EXAMPLE = fileURLToPath(new URL('../../docs/agent.yaml', import.meta.url));

function text(name: string): string {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
}

test('docs/agent.schema.json is what the agent checks: `npm run docs` writes it', () => {
  expect(JSON.parse(text('agent.schema.json'))).toEqual(JSON.parse(agentSchema()));
});

test('the commented file is good as it is, and sets nothing', () => {
  expect(loadConfig({ config: EXAMPLE }, {})).toMatchObject({ ok: true, value: { tags: {} } });
  expect(parse(text('agent.yaml'))).toBeNull();
});

test('the commented file shows every setting, and each line of it is good', () => {
  const settings: unknown = parse(text('agent.yaml').replaceAll(/^#(?=\S| {2})/gm, ''));
  const checked = v.parse(SettingsSchema, settings);
  expect(Object.keys(checked).sort()).toEqual([...SETTINGS].sort());
  expect(checked.scrape[0]).toMatchObject({ job: 'node', interval: 60_000 });
});

test('docs/agent.md names every setting and its variable', () => {
  const page = text('agent.md');
  for (const setting of SETTINGS) {
    expect(page).toContain(`\`${setting}\``);
    expect(page).toContain(`\`${SETTING_NAMES[setting].variable}\``);
  }
});

test('the rules of docs/agent.md put tags on alerts, also of a host that changed or is silent', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-tags-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [, rules = ''] = /```yaml\n(groups:.*?)```/s.exec(text('agent.md')) ?? [];
  writeFileSync(join(folder, 'mine.rules.yaml'), rules);
  const file = join(folder, 'mine.test.yaml');
  writeFileSync(file, TAG_RULES_TEST);
  const { problems, cases } = runTestFile(file);
  expect(problems).toEqual([]);
  expect(cases.map(({ failure }) => failure)).toEqual([undefined, undefined]);
});

const TAG_RULES_TEST = `
rule_files: [mine.rules.yaml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'host_cpu_usage_percent{host="a"}'
        values: 95x30
      - series: 'host_info{host="a",boot="before",env="test",owner="storage team"}'
        values: 1x5
      - series: 'host_info{host="a",boot="after",env="prod",owner="storage team"}'
        values: _x5 1x24
      - series: 'up{host="b"}'
        values: 1x5 0x20
      - series: 'host_info{host="b",env="prod",owner="storage team"}'
        values: 1x5
    alert_rule_test:
      - eval_time: 20m
        alertname: HostBusyOfOwner
        exp_alerts:
          - exp_labels: { severity: warning, host: a, env: prod, owner: storage team }
            exp_annotations: { summary: 'a (prod, storage team) is busy' }
      - eval_time: 20m
        alertname: HostDownWithEnv
        exp_alerts:
          - exp_labels: { severity: critical, host: b, env: prod }
`;
