import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, NARROW, PHONE, type Visit, visit } from './open-page.ts';
import { type Site, startSite } from './site.ts';

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

/** The page of expressions, once the editor's code is there. */
async function open(query = '', more: Partial<Parameters<typeof visit>[1]> = {}): Promise<void> {
  seen = await visit(browser, { url: site.url, token: site.token, ...more });
  page = seen.page;
  await seen.open(`graph${query}`);
  await page.locator('.cm-content').waitFor();
}

const field = () => page.getByRole('textbox', { name: 'Expression' });
const options = () => page.locator('.cm-tooltip-autocomplete li');

describe('completion', () => {
  test('offers metrics with their unit and meaning, and takes one by keyboard', async () => {
    await open();
    await field().click();
    await page.keyboard.type('host_cpu_us');
    const option = options().filter({ hasText: 'host_cpu_usage_percent' });
    await option.waitFor();
    expect(await option.textContent()).toContain('%');
    await page.getByText('Time the CPUs were active, of all their time.').waitFor();
    // A list that has just come takes no key for 75 ms, as somebody may mean what was there before.
    await page.waitForTimeout(150);
    await page.keyboard.press('Enter');
    expect(await field().textContent()).toBe('host_cpu_usage_percent');
    // It was taken, and not asked.
    expect(new URL(page.url()).search).toBe('');
  });

  test('offers labels and values of this deployment, and asks for each list once', async () => {
    await open();
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/api/v1/label')) asked.push(request.url());
    });
    await field().click();
    await page.keyboard.type('host_cpu_usage_percent{ho');
    await options()
      .filter({ hasText: /^host$/ })
      .waitFor();
    expect(asked).toEqual([]);
    await page.keyboard.type('st="');
    await options().filter({ hasText: 'db-1' }).waitFor();
    expect(await options().allTextContents()).toEqual(['db-1', 'web-1', 'web-2']);
    await page.keyboard.type('we');
    await options().filter({ hasText: 'web-2' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await field().textContent()).toBe('host_cpu_usage_percent{host="web-2"}');
    expect(asked).toHaveLength(1);
    expect(new URL(asked[0] ?? '').searchParams.get('match[]')).toBe('host_cpu_usage_percent');
  });

  test('offers functions with what they do', async () => {
    await open();
    await field().click();
    await page.keyboard.type('predict_l');
    await options().filter({ hasText: 'predict_linear' }).waitFor();
    expect(await page.locator('.cm-completionInfo').textContent()).not.toBe('');
  });
});

describe('a mistake', () => {
  test('is underlined while it is written, and said', async () => {
    await open();
    await field().click();
    await page.keyboard.type('rate(up)');
    await page.locator('.cm-lintRange-error').waitFor();
    await page.getByRole('status').filter({ hasText: 'expected type' }).waitFor();
    expect(await field().getAttribute('aria-invalid')).toBe('true');
  });

  test('is marked where the API says, until the text is changed', async () => {
    await open(`?g0.expr=${encodeURIComponent('up{host="a"} foo')}`);
    await page.getByText('Line 1, column 14: parse error').waitFor();
    expect(await page.locator('.cm-lintRange-error').textContent()).toBe('foo');
    await field().click();
    await page.keyboard.press('End');
    for (let i = 0; i < 4; i++) await page.keyboard.press('Backspace');
    await page.getByText('Enter runs it').waitFor();
    await page.locator('.cm-lintRange-error').waitFor({ state: 'detached' });
  });
});

describe('keys', () => {
  test('Shift+Enter begins a line, Enter runs, Tab goes on', async () => {
    await open();
    await field().click();
    await page.keyboard.type('up');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('== 0');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('g0.expr') === 'up\n== 0');
    await page.keyboard.press('Tab');
    const focused = page.getByRole('button', { name: /^(Run|Cancel)$/ });
    expect(await focused.evaluate((button) => button === button.ownerDocument.activeElement)).toBe(
      true,
    );
  });
});

test('Enter runs what is written out, though completion is open', async () => {
  await open();
  await field().click();
  await page.keyboard.type('host_load1');
  await options()
    .filter({ hasText: /^host_load1$/ })
    .waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.searchParams.get('g0.expr') === 'host_load1');
  await options().first().waitFor({ state: 'detached' });
});

describe('the plain field', () => {
  test('works where the editor’s code can’t be had', async () => {
    seen = await visit(browser, { url: site.url, token: site.token, viewport: NARROW });
    page = seen.page;
    await page.route('**/code-editor*', (route) => route.abort());
    await seen.open('graph');
    await page.locator('textarea').fill('up');
    await page.keyboard.press('Enter');
    await page.waitForURL(/g0\.expr=up/);
    expect(await page.locator('.cm-content').count()).toBe(0);
  });

  test.each([
    ['a desk', {}],
    ['a phone', { viewport: PHONE, touch: true }],
  ])('gives its place to the editor on %s, and nothing moves', async (_, more) => {
    seen = await visit(browser, { url: site.url, token: site.token, ...more });
    page = seen.page;
    const { promise: isSeen, resolve: letGo } = Promise.withResolvers<void>();
    await page.route('**/code-editor*', async (route) => {
      await isSeen;
      await route.continue();
    });
    const expr = `sum by (host) (\n  rate(vm_network_receive_bytes_per_second{host=~"${'a very long name|'.repeat(9)}x"}[5m])\n)`;
    await seen.open(`graph?g0.expr=${encodeURIComponent(expr)}`);
    const box = page.locator('.promql-box');
    await page.locator('textarea').waitFor();
    const before = await box.boundingBox();
    letGo();
    await page.locator('.cm-content').waitFor();
    const after = await box.boundingBox();
    expect(after?.height).toBeCloseTo(before?.height ?? 0, 0);
    expect(after?.y).toBeCloseTo(before?.y ?? 0, 0);
  });
});

test('its styles are adopted, and all of it is in the shadow root', async () => {
  await open();
  await field().click();
  await page.keyboard.type('host_');
  await options().first().waitFor();
  const found = await page.locator('.promql-host').evaluate((host) => ({
    adopted: host.shadowRoot?.adoptedStyleSheets.length ?? 0,
    tooltips: host.shadowRoot?.querySelectorAll('.cm-tooltip').length ?? 0,
    outside: host.ownerDocument.querySelectorAll('.cm-tooltip, style').length,
  }));
  expect(found).toEqual({ adopted: 1, tooltips: expect.any(Number), outside: 0 });
  expect(found.tooltips).toBeGreaterThan(0);
});
