import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWorld, type World } from '../world/world.ts';
import { allViews } from './all-pages.ts';
import {
  DESKTOP,
  type Language,
  launchBrowser,
  PHONE,
  settled,
  type Theme,
  visit,
} from './open-page.ts';

/** Accessibility of every page, in all colours and languages, as far as a program can tell. */

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** More than the height of the bar. */
const BAR_PX = 100;

let browser: Browser;
let world: World;

beforeAll(async () => {
  [browser, world] = await Promise.all([
    launchBrowser(),
    startWorld({ hosts: 4, vmsPerHost: 5, hours: 2, days: 0, judgedMinutes: 45 }),
  ]);
});
afterAll(async () => {
  await browser.close();
  await world.close();
});

/** What is wrong, a line each: the rule, and where. */
async function violations(page: Page): Promise<string[]> {
  // Not as a script of the page: its policy lets none in.
  await page.evaluate(AXE);
  const run = `axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ['violations'] })`;
  const results = await page.evaluate<AxeResults>(run);
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html}\n${failureSummary}`),
  );
}

const LOOKS: readonly [Theme, Language, string][] = [
  ['light', 'en', 'desktop'],
  ['dark', 'en', 'phone'],
  ['dark', 'zh-CN', 'desktop'],
  ['light', 'zh-CN', 'phone'],
];

describe.each(LOOKS)('%s, %s, on a %s', (theme, language, device) => {
  const viewport = device === 'phone' ? PHONE : DESKTOP;
  const names = Object.keys(allViews({ fleet: { hosts: [], vms: [], nowMs: 0 } }));

  test.each(names)('%s', async (name) => {
    const seen = await visit(browser, {
      ...{ url: world.url, token: world.tokens.admin },
      ...{ theme, language, viewport, touch: device === 'phone' },
    });
    await seen.open(allViews(world)[name] ?? '');
    await settled(seen.page);
    // All of it at once: what the lower bar of a phone hides can be scrolled from under it.
    const height = await seen.page.evaluate<number>('document.documentElement.scrollHeight');
    await seen.page.setViewportSize({ ...viewport, height: height + BAR_PX });
    expect(await violations(seen.page)).toEqual([]);
    expect(await seen.page.evaluate('document.documentElement.lang')).toBe(language);
    await seen.close();
    expect(seen.complaints).toEqual([]);
  });
});

test('who is asked for a token', async () => {
  const seen = await visit(browser, { url: world.url });
  await seen.open('');
  await seen.page.getByRole('dialog').waitFor();
  expect(await violations(seen.page)).toEqual([]);
  await seen.close();
});
