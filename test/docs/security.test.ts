import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const page = new URL('../../docs/security.md', import.meta.url);

test('docs/security.md names only tests and pages that are there', () => {
  const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#]+)/g)].map(([, to = '']) => to);
  expect(links.length).toBeGreaterThan(30);
  expect(links.filter((to) => !existsSync(new URL(to, page)))).toEqual([]);
});
