import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { documentWidth, launchBrowser, NARROW, type Visit, visit } from './open-page.ts';
import { GRAPH_LINK, type Site, startSite } from './site.ts';

let browser: Browser;
let site: Site;
let seen: Visit;
let page: Page;

beforeAll(async () => {
  [browser, site] = await Promise.all([launchBrowser(), startSite()]);
});
afterAll(async () => {
  await browser.close();
  await site.close();
});
afterEach(async () => {
  await seen.close();
  expect(seen.complaints).toEqual([]);
  expect(seen.strangers).toEqual([]);
});

async function open(path: string, more: Partial<Parameters<typeof visit>[1]> = {}): Promise<void> {
  seen = await visit(browser, { url: site.url, token: site.token, ...more });
  page = seen.page;
  await seen.open(path);
}

const chart = () => page.locator('.chart-plot');

describe('the page a message links to', () => {
  test('has what the expression gives now, and the way there with the threshold', async () => {
    await open(GRAPH_LINK);
    const table = page.getByRole('table');
    await table.getByRole('cell', { name: 'web-1' }).waitFor();
    expect(await table.getByRole('row').count()).toBe(2);
    await page.getByRole('heading', { name: 'How it got there' }).waitFor();
    await chart().waitFor();
    // Of all hosts, as the threshold's left side has them; the one that fires is the first.
    const items = page.locator('.chart-item');
    await items.first().waitFor();
    expect(await items.count()).toBe(3);
    expect(await items.first().textContent()).toContain('web-1');
    expect(await page.getByRole('tab', { name: 'Table' }).getAttribute('aria-selected')).toBe(
      'true',
    );
  });

  test('reads values by keyboard', async () => {
    await open(GRAPH_LINK);
    await page.locator('.chart-item').first().waitFor();
    await chart().focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    expect(await chart().getAttribute('aria-valuetext')).toMatch(/web-1.*%/);
  });

  test('fits a phone', async () => {
    await open(GRAPH_LINK, { viewport: NARROW, touch: true });
    await page.locator('.chart-item').first().waitFor();
    expect(await documentWidth(page)).toBe(NARROW.width);
  });
});

test('expression, range and tab are kept in the address, and going back goes back', async () => {
  await open('graph?g0.expr=up');
  const field = page.getByRole('textbox', { name: 'Expression' });
  await page.locator('.cm-content').waitFor();
  await field.fill('host_cpu_usage_percent{host="db-1"}');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Run' }).click();
  await page.waitForURL(/db-1/);
  await page.getByRole('combobox', { name: 'Range' }).click();
  await page.getByRole('option', { name: '6 h' }).click();
  await page.waitForURL(/g0\.range_input=6h/);
  await page.getByRole('tab', { name: 'Table' }).click();
  await page.waitForURL(/g0\.tab=1/);
  await page.reload();
  await page.getByRole('cell', { name: 'db-1' }).waitFor();
  expect(await field.textContent()).toBe('host_cpu_usage_percent{host="db-1"}');
  await page.goBack();
  await page.goBack();
  await page.goBack();
  await page.waitForURL((url) => url.searchParams.get('g0.expr') === 'up');
  await expect.poll(() => field.textContent()).toBe('up');
});

test('errors of the API are said in its words, at the expression or with advice', async () => {
  await open('graph?g0.expr=sum%28rate%28x%5B5m%5D%29');
  await page.getByText('unclosed left parenthesis').first().waitFor();
  await page.route('**/api/v1/query_range', (route) =>
    route.fulfill({
      status: 503,
      contentType: 'application/json',
      body: '{"status":"error","errorType":"timeout","error":"the query took more than 25 s"}',
    }),
  );
  await seen.open('graph?g0.expr=up');
  const problem = page.getByRole('alert').filter({ hasText: 'the query took more than 25 s' });
  await problem.waitFor();
  await page.unroute('**/api/v1/query_range');
  await problem.getByRole('button', { name: 'Try again' }).click();
  await problem.waitFor({ state: 'detached' });
});

test('a question that takes long is called off', async () => {
  await open('graph');
  await page.route('**/api/v1/query_range', () => {});
  await page.getByRole('button', { name: /^VMs that use most CPU/ }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('Cancelled.').waitFor();
  await page.getByRole('button', { name: 'Run' }).waitFor();
});

test('warnings and notes of the API stand beside the answer', async () => {
  await open('graph');
  await page.route('**/api/v1/query', (route) =>
    route.fulfill({
      contentType: 'application/json',
      body: JSON.stringify({
        status: 'success',
        data: { resultType: 'vector', result: [{ metric: { a: 'b' }, value: [1, 'NaN'] }] },
        warnings: ['a minute could not be read'],
        infos: ['metric might not be a counter'],
      }),
    }),
  );
  await seen.open('graph?g0.expr=up&g0.tab=1');
  await page.getByText('a minute could not be read').waitFor();
  await page.getByText('metric might not be a counter').waitFor();
  await page.getByRole('cell', { name: 'NaN' }).waitFor();
});

test('several expressions stand one below the other, and go one by one', async () => {
  await open('graph?g0.expr=up&g1.expr=host_cpu_usage_percent&g1.tab=1');
  await page.getByRole('region', { name: 'Expression 2' }).getByText('db-1').waitFor();
  await page.getByRole('button', { name: 'Add an expression' }).click();
  await page.getByRole('region', { name: 'Expression 3' }).waitFor();
  await page
    .getByRole('region', { name: 'Expression 1' })
    .getByRole('button', { name: 'More' })
    .click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await page.waitForURL((url) => url.searchParams.get('g0.expr') === 'host_cpu_usage_percent');
  await page.getByRole('region', { name: 'Expression 1' }).getByText('db-1').waitFor();
  expect(await page.getByRole('region', { name: /^Expression \d$/ }).count()).toBe(2);
});

test('a metric is found by what it means, and what was asked is remembered here', async () => {
  await open('graph');
  await page.getByRole('button', { name: 'Metrics' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('searchbox').fill('time cpus active');
  await dialog.getByRole('button', { name: /^host_cpu_usage_percent/ }).click();
  await page.waitForURL(/g0\.expr=host_cpu_usage_percent/);
  await page.locator('.chart-item').first().waitFor();
  await seen.open('graph');
  await page.getByRole('button', { name: 'History' }).click();
  await dialog.getByRole('button', { name: 'host_cpu_usage_percent' }).click();
  await page.locator('.chart-item').first().waitFor();
});

test('a table is copied as CSV and sorted by its columns', async () => {
  await open('graph?g0.expr=host_cpu_usage_percent&g0.tab=1');
  await seen.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('cell', { name: 'web-2' }).waitFor();
  await page.getByRole('button', { name: 'host' }).click();
  await page.getByRole('button', { name: 'host' }).click();
  await expect.poll(() => page.getByRole('row').nth(1).textContent()).toContain('web-2');
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await page.getByRole('menuitem', { name: 'As CSV' }).click();
  await page.getByText('3 rows copied.').waitFor();
  const copied = await page.evaluate('navigator.clipboard.readText()');
  expect(String(copied).split('\n')[0]?.trim()).toBe('host,__name__,time,value');
  await page.getByRole('button', { name: 'Copy link' }).click();
  await page.getByText('The link is copied.').waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(page.url());
});
