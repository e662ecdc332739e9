import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startWorld, type World } from '../world/world.ts';
import { launchBrowser, settled, type Visit, visit } from './open-page.ts';

/** What people see while Hypervigil does not answer, or the network is gone: the last there was, and that it is old. */

const SMALL = { hosts: 4, vmsPerHost: 3, hours: 1, days: 0, judgedMinutes: 20 };

let browser: Browser;
let world: World;
let seen: Visit;

beforeAll(async () => {
  [browser, world] = await Promise.all([launchBrowser(), startWorld(SMALL)]);
});
afterAll(async () => {
  await browser.close();
  await world.close();
});
afterEach(async () => {
  await seen.close();
  expect(seen.complaints).toEqual([]);
});

async function openPage(path: string, from = world): Promise<Page> {
  seen = await visit(browser, { url: from.url, token: from.tokens.admin });
  await seen.open(path);
  await settled(seen.page);
  return seen.page;
}

const API = /\/(api|v1)\//;

/** A page, and what it shows of the world. */
const SHOWN: readonly [path: string, name: string][] = [
  ['', 'hv-fra-01'],
  ['alerts', 'VmDown'],
];

describe.each(SHOWN)('/%s', (path, shown) => {
  test('keeps what it had while the API fails, says so, and goes on by itself', async () => {
    const page = await openPage(path);
    const text = page.getByText(shown).first();
    await text.waitFor();
    await page.route(API, (route) => route.fulfill({ status: 500, body: '{}' }));
    await page.getByText('Hypervigil has a problem of its own').first().waitFor();
    await page
      .getByText(/^Last answer: /)
      .first()
      .waitFor();
    expect(await text.isVisible()).toBe(true);
    await page.unroute(API);
    await page.getByText('Hypervigil has a problem of its own').waitFor({ state: 'detached' });
    expect(await text.isVisible()).toBe(true);
  });

  test('says at the first visit what is wrong, and tries again when it is told to', async () => {
    seen = await visit(browser, { url: world.url, token: world.tokens.admin });
    const { page } = seen;
    await page.route(API, (route) => route.fulfill({ status: 503, body: '{}' }));
    await seen.open(path);
    await page.getByText('Hypervigil is busy').first().waitFor();
    await page.unroute(API);
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await page.getByText(shown).first().waitFor();
  });

  test('says that there is no network, and asks at once when it is back', async () => {
    const page = await openPage(path);
    await seen.context.setOffline(true);
    await page.getByText('No network. What you see is what was known last.').waitFor();
    expect(await page.getByText(shown).first().isVisible()).toBe(true);
    const asked = page.waitForRequest(API);
    await seen.context.setOffline(false);
    await asked;
    await page.getByText('No network.').waitFor({ state: 'detached' });
  });
});

test('a server that is gone is said to be, and pages that were open go on showing what they had', async () => {
  const other = await startWorld(SMALL);
  const page = await openPage('', other);
  await other.close();
  await page.getByText('Hypervigil does not answer').first().waitFor();
  expect(await page.getByText('hv-fra-01').first().isVisible()).toBe(true);
  await page.getByRole('link', { name: 'Alerts' }).first().click();
  // Its code cannot be loaded, or what it shows can't.
  await page
    .getByText(/could not be loaded|does not answer/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Try again' }).first().waitFor();
});
