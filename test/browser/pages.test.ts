import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GRAPH_LINK, type Site, startSite } from './site.ts';

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

async function open(path: string): Promise<void> {
  await page.goto(`${site.url}${path}`);
  await page.getByLabel('Token', { exact: true }).fill(site.token);
  await page.getByRole('button', { name: 'Continue' }).click();
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

describe('the page a message links to', () => {
  test('has what the expression gives now, and the way there with the threshold', async () => {
    await open(GRAPH_LINK);
    await page.getByRole('img', { name: /^3 series/ }).waitFor();
    expect(await page.locator('tbody tr').count()).toBe(1);
    expect(await page.locator('tbody').textContent()).toContain('{host="web-1"}');
    expect(await page.locator('text.limit').textContent()).toBe('> 90');
    // The host has no samples for eight minutes: its line has a gap, the others have none.
    const moves = await page
      .locator('path.line')
      .evaluateAll((paths) => paths.map((path) => path.getAttribute('d')?.split('M').length));
    expect(moves).toEqual([3, 2, 2]);
  });

  test('reads values by keyboard', async () => {
    await open(GRAPH_LINK);
    await page.getByRole('img').focus();
    await page.keyboard.press('ArrowLeft');
    await page.getByText(/^At .*:$/).waitFor();
    expect(await page.locator('line.cursor').getAttribute('visibility')).toBe('visible');
  });

  test('keeps expression and range in its address', async () => {
    await open('/graph?g0.expr=up');
    await page.getByLabel('Expression').fill('host_cpu_usage_percent{host="db-1"}');
    await page.keyboard.press('Enter');
    await page.getByRole('img', { name: /^1 series/ }).waitFor();
    await page.getByText('6h').click();
    await page.waitForURL(/range_input=6h/);
    await page.reload();
    await page.getByRole('img', { name: /^1 series/ }).waitFor();
    expect(await page.getByLabel('Expression').inputValue()).toBe(
      'host_cpu_usage_percent{host="db-1"}',
    );
    expect(await page.getByLabel('6h').isChecked()).toBe(true);
  });

  test("says the API's errors in its words", async () => {
    await open('/graph?g0.expr=sum%28rate%28x%5B5m%5D%29');
    const error = page.getByRole('status').filter({ hasText: 'bad_data' });
    await error.waitFor();
    expect(await error.textContent()).toContain('unclosed left parenthesis');
  });
});

test.each(['/alerts', GRAPH_LINK])('%s fits a phone', async (path) => {
  await page.setViewportSize({ width: 360, height: 700 });
  await open(path);
  await page.locator('article, .chart svg').first().waitFor();
  const width = await page.evaluate('document.documentElement.scrollWidth');
  expect(width).toBe(360);
});
