import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { settingMeanings, settingsSchema } from '../../docs/settings-schema.ts';
import { ALARM_NAMES } from '../../infra/aws/config/alarms.ts';
import { readConfig, SettingsSchema } from '../../infra/aws/config.ts';

function text(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

function json(path: string): unknown {
  return JSON.parse(text(path));
}

it('docs/settings.schema.json is what a deployment checks: `npm run docs` writes it', () => {
  expect(json('docs/settings.schema.json')).toEqual(JSON.parse(settingsSchema()));
});

it('docs/deploy-aws.md has a row for each setting, and for none that is not', () => {
  const named = new Set([...settingMeanings().keys()].map((name) => name.split('.')[0]));
  expect([...named].sort()).toEqual(Object.keys(SettingsSchema.entries).sort());
});

it('docs/deploy-aws.md says of each alarm what it means, and what to do', () => {
  const rows = text('docs/deploy-aws.md').matchAll(
    /^\| ([A-Z]\w+(?:, [A-Z]\w+)*) +\| [^|]+ \| [^|]+ \|$/gm,
  );
  const named = [...rows].flatMap(([, names = '']) => names.split(', '));
  expect(named.sort()).toEqual([...ALARM_NAMES].sort());
});

it('cdk.json names its schema, and its settings are good', () => {
  expect(json('cdk.json')).toMatchObject({
    $schema: './docs/settings.schema.json',
    context: { hypervigil: expect.objectContaining({ name: 'Hypervigil' }) },
  });
});

it.each(
  [...settingMeanings()].filter(([, meaning]) => /Default: (?:\d+|true|false)$/.test(meaning)),
)('docs/deploy-aws.md says the default of %s as it is', (name, meaning) => {
  const config = readConfig({});
  const [outer = '', inner] = name.split('.');
  const group: unknown = config.ok
    ? Object.entries(config.value).find(([key]) => key === outer)?.[1]
    : {};
  const value: unknown =
    inner === undefined ? group : Object.entries(Object(group)).find(([key]) => key === inner)?.[1];
  expect(meaning).toMatch(new RegExp(`Default: ${String(value)}$`));
});
