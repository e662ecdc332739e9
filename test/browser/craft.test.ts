import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWorld, type World } from '../world/world.ts';
import { allViews } from './all-pages.ts';
import { DESKTOP, documentWidth, launchBrowser, NARROW, settled, visit } from './open-page.ts';

/** What holds on every page: nothing jumps while it loads, nothing scrolls sideways, nobody else is asked. */

let browser: Browser;
let world: World;

beforeAll(async () => {
  [browser, world] = await Promise.all([
    launchBrowser(),
    startWorld({ hosts: 6, vmsPerHost: 8, hours: 2, days: 0, judgedMinutes: 45 }),
  ]);
});
afterAll(async () => {
  await browser.close();
  await world.close();
});

/** Sums the shifts that nobody caused by a click or a key, from before the page's first paint on. */
const WATCH_SHIFTS = `
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries())
      if (!hadRecentInput)
        window.shifts.push({ value, what: sources.map(({ node }) => node?.className ?? node?.nodeName) });
  }).observe({ type: 'layout-shift', buffered: true });
`;

interface Shift {
  readonly value: number;
  readonly what: readonly string[];
}

/** Below it nobody notices. Source: web.dev/articles/cls has 0.1 as good. */
const SHIFT_MAX = 0.02;

const NAMES = Object.keys(allViews({ fleet: { hosts: [], vms: [], nowMs: 0 } }));

describe.each([
  ['desktop', DESKTOP],
  ['narrowest phone', NARROW],
] as const)('on the %s', (device, viewport) => {
  test.each(NAMES)('%s', async (name) => {
    const seen = await visit(browser, {
      ...{ url: world.url, token: world.tokens.admin, viewport, touch: device !== 'desktop' },
    });
    await seen.context.addInitScript({ content: WATCH_SHIFTS });
    await seen.open(allViews(world)[name] ?? '');
    await settled(seen.page);
    const shifts = await seen.page.evaluate<Shift[]>('window.shifts');
    const sum = shifts.reduce((all, { value }) => all + value, 0);
    expect(sum, JSON.stringify(shifts)).toBeLessThan(SHIFT_MAX);
    expect(await documentWidth(seen.page)).toBe(viewport.width);
    expect(await seen.page.locator('h1').count()).toBe(1);
    expect(await seen.page.title()).toMatch(/ · Hypervigil$/);
    await seen.close();
    expect(seen.strangers).toEqual([]);
    expect(seen.complaints).toEqual([]);
  });
});
