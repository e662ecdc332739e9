import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startWorld, type World } from '../world/world.ts';
import { documentWidth, launchBrowser, NARROW, settled, type Visit, visit } from './open-page.ts';

let browser: Browser;
let world: World;
let seen: Visit;
let page: Page;

beforeAll(async () => {
  [browser, world] = await Promise.all([
    launchBrowser(),
    startWorld({ hosts: 4, vmsPerHost: 4, hours: 1, days: 0, judgedMinutes: 5 }),
  ]);
});
afterAll(async () => {
  await browser.close();
  await world.close();
});
afterEach(async () => {
  await seen.close();
  expect(seen.complaints).toEqual([]);
  expect(seen.strangers).toEqual([]);
});

async function open(path: string, more: Partial<Parameters<typeof visit>[1]> = {}): Promise<void> {
  seen = await visit(browser, { url: world.url, token: world.tokens.viewer, ...more });
  page = seen.page;
  await seen.open(path);
  await settled(page);
}

const route = (text: string) => page.locator('.routing-box').filter({ hasText: text }).first();

test('the tree shows who is told, and nothing secret', async () => {
  await open('routing');
  const tree = page.getByRole('list', { name: 'Routes' });
  await tree.waitFor();
  expect(await tree.locator('.routing-route').count()).toBeGreaterThan(4);
  await route('severity="critical"').getByText('on-call', { exact: true }).waitFor();
  await page.getByRole('heading', { name: 'What mutes what' }).waitFor();
  await page.getByText('20:00–24:00, 00:00–06:00 (UTC)').waitFor();
});

test('labels lead along the tree, with a reason at each turn', async () => {
  await open('routing');
  const label = page.getByRole('combobox', { name: 'Label' });
  await label.fill('severity=critical');
  await page.keyboard.press('Enter');
  await page.getByText('Told just now: on-call').waitFor();
  await label.fill('host=hv-ams-01');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByText('Told just now: on-call-amsterdam').waitFor();
  await route('host=~"hv-ams').getByText('takes it').waitFor();
  await route('severity="critical"').getByText('goes into its branches').waitFor();
  await route('alertname="Watchdog"').getByText('but it has no alertname').waitFor();
  await route('severity="info"').getByText('not tried').waitFor();
  await page.reload();
  await page.getByText('Told just now: on-call-amsterdam').waitFor();
  await page.getByRole('button', { name: 'Remove host' }).click();
  await page.getByText('Told just now: on-call', { exact: true }).waitFor();
});

test('what is no label is said to be none, and kept to be put right', async () => {
  await open('routing');
  await page.getByRole('combobox', { name: 'Label' }).fill('critical');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByText('A value is missing: name=value').waitFor();
  expect(await page.getByRole('combobox', { name: 'Label' }).inputValue()).toBe('critical');
});

test('an alert that fires is chosen from a list', async () => {
  await open('routing');
  await page.getByRole('combobox', { name: 'An alert that fires' }).click();
  const [, first] = await page.getByRole('option').all();
  await first?.click();
  await page.getByText('Such an alert fires since').waitFor();
  await page.locator('.routing-taken').first().waitFor();
});

test('fits a phone', async () => {
  await open(`routing?labels=${encodeURIComponent('{severity="critical", vm="shop-database"}')}`, {
    viewport: NARROW,
    touch: true,
    theme: 'dark',
  });
  await page.locator('.routing-taken').first().waitFor();
  expect(await documentWidth(page)).toBe(NARROW.width);
});
