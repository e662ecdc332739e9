import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CATALOGUE } from '../../core/catalogue/catalogue.ts';
import { metricsPage } from '../../docs/metrics-page.ts';

test('docs/metrics.md says what the catalogue says: `npm run docs` writes it', () => {
  const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  expect(page).toBe(metricsPage());
  expect(CATALOGUE.filter(({ name }) => !page.includes(`\`${name}\``))).toEqual([]);
});
