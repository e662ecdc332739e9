import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Site, startSite } from './site.ts';

let browser: Browser;
let site: Site;
let context: BrowserContext;
let page: Page;
/** What the browser complained of: a policy that was broken, a script that failed. */
let complaints: string[];

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
});
afterAll(() => browser.close());

beforeEach(async () => {
  site = await startSite();
  context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  page = await newPage();
});
afterEach(async () => {
  await context.close();
  await site.close();
  expect(complaints).toEqual([]);
});

async function newPage(): Promise<Page> {
  complaints = [];
  const made = await context.newPage();
  made.on('pageerror', (error) => complaints.push(error.message));
  made.on('console', (message) => {
    // A request that the API refuses is said on the page.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  return made;
}

describe('the token', () => {
  test('is asked for until it is right, and kept in this tab only', async () => {
    await page.goto(`${site.url}/alerts`);
    await page.getByLabel('Token', { exact: true }).fill(`hvt_${'x'.repeat(32)}`);
    await page.keyboard.press('Enter');
    await page.getByText('this token is not known here').waitFor();
    await page.getByLabel('Token', { exact: true }).fill(site.token);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Firing' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Firing' }).waitFor();
    page = await newPage();
    await page.goto(`${site.url}/alerts`);
    await page.getByText('An API token, please').waitFor();
  });

  test('stays on the device when a person wants it so, until it is forgotten', async () => {
    await page.goto(`${site.url}/alerts`);
    await page.getByLabel('Token', { exact: true }).fill(site.token);
    await page.getByLabel('Keep it on this device').check();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Firing' }).waitFor();
    page = await newPage();
    await page.goto(`${site.url}/alerts`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('An API token, please').waitFor();
    await page.reload();
    await page.getByText('An API token, please').waitFor();
  });
});
