import { readFileSync } from 'node:fs';
import { toJsonSchema } from '@valibot/to-json-schema';
import { CONTEXT_KEY, SettingsSchema } from '../infra/aws/config.ts';

/**
 * The text of docs/settings.schema.json: what editors complete, explain and check cdk.json with. What a
 * setting means is taken from the table in docs/deploy-aws.md.
 */
export function settingsSchema(): string {
  // Some bounds are functions, which a schema can't have.
  const { $schema, ...settings } = toJsonSchema(SettingsSchema, {
    typeMode: 'input',
    errorMode: 'ignore',
  });
  const meanings = settingMeanings();
  for (const [name, property] of Object.entries(settings.properties ?? {})) {
    if (typeof property === 'boolean') continue;
    const own = meanings.get(name);
    if (own !== undefined) property.description = own;
    for (const [inner, within] of Object.entries(property.properties ?? {})) {
      const description = meanings.get(`${name}.${inner}`);
      if (typeof within !== 'boolean' && description !== undefined)
        within.description = description;
    }
  }
  const title = 'cdk.json with the settings of a Hypervigil deployment';
  const context = { type: 'object', properties: { [CONTEXT_KEY]: settings } };
  return `${JSON.stringify({ $schema, title, type: 'object', properties: { context } }, null, 2)}\n`;
}

/** What the table in docs/deploy-aws.md says of each setting, by its name; a row may name several. */
export function settingMeanings(): ReadonlyMap<string, string> {
  const page = readFileSync(new URL('deploy-aws.md', import.meta.url), 'utf8');
  const section = page.slice(page.indexOf('## Settings'), page.indexOf('### A domain'));
  const rows = section.matchAll(/^\| (`[^|]+`) +\| ([^|]+) \| ([^|]+) \|$/gm);
  return new Map(
    [...rows].flatMap(([, names = '', byDefault = '', meaning = '']) =>
      [...names.matchAll(/`([^`]+)`/g)].map(
        ([, name = '']) =>
          [name, plain(`${meaning.trim()}. Default: ${byDefault.trim()}`)] as const,
      ),
    ),
  );
}

/** Without Markdown's links and marks. */
function plain(text: string): string {
  return text.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1').replaceAll(/[`*]/g, '');
}
