import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchBrowser, type Visit, visit } from './open-page.ts';
import { type Site, startSite } from './site.ts';

let browser: Browser;
let site: Site;
let seen: Visit;
let page: Page;

beforeAll(async () => {
  browser = await launchBrowser();
  site = await startSite();
});
afterAll(async () => {
  await browser.close();
  await site.close();
});
beforeEach(async () => {
  // Nobody has said who they are.
  seen = await visit(browser, { url: site.url });
  page = seen.page;
});
afterEach(async () => {
  await seen.close();
  expect(seen.complaints).toEqual([]);
  expect(seen.strangers).toEqual([]);
});

async function giveToken(token = site.token): Promise<void> {
  await page.getByLabel('Token', { exact: true }).fill(token);
  await page.keyboard.press('Enter');
}

describe('the token', () => {
  test('is asked for until it is right, and kept in this tab only', async () => {
    await page.goto(`${site.url}/account`);
    await giveToken(`hvt_${'x'.repeat(32)}`);
    await page.getByText('this token is not known here').waitFor();
    await page.keyboard.press('Escape');
    await giveToken();
    await page.getByText('test · operator').waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.reload();
    await page.getByText('test · operator').waitFor();
    const other = await seen.context.newPage();
    await other.goto(`${site.url}/account`);
    await other.getByText('An API token, please').waitFor();
  });

  test('stays on the device when a person wants it so, until it is forgotten', async () => {
    await page.goto(`${site.url}/account`);
    await page.getByLabel('Keep it on this device').check();
    await giveToken();
    await page.getByText('test · operator').waitFor();
    const other = await seen.context.newPage();
    await other.goto(`${site.url}/account`);
    await other.getByRole('button', { name: 'Sign out' }).click();
    await other.getByText('An API token, please').waitFor();
    await other.reload();
    await other.getByText('An API token, please').waitFor();
  });
});

test('everything is reached by keyboard: pages, help, choices', async () => {
  await page.goto(`${site.url}/account`);
  await giveToken();
  const heading = page.getByRole('heading', { level: 1 });
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('combobox', { name: 'Language' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('option', { name: '简体中文' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: '退出登录' }).waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
  await page.getByRole('option').first().waitFor({ state: 'detached' });
  await heading.click();
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await page.waitForURL(`${site.url}/alerts`);
  await page.waitForFunction("document.activeElement?.id === 'main'");
  await page.goBack();
  await page.getByRole('button', { name: '退出登录' }).waitFor();
  await page.reload();
  await page.getByRole('button', { name: '退出登录' }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForFunction("document.activeElement?.id === 'main'");
});

test('colours are as chosen, whatever the device says', async () => {
  await page.goto(`${site.url}/account`);
  await giveToken();
  await page.getByRole('combobox', { name: 'Colours' }).click();
  await page.getByRole('option', { name: 'Dark' }).click();
  await page.locator('html[data-theme=dark]').waitFor();
  await page.reload();
  await page.locator('html[data-theme=dark]').waitFor();
});

test('a page that is older than what is deployed says so', async () => {
  await page.route('**/api/v1/whoami', async (route) => {
    const answer = await route.fetch();
    const text = (await answer.text()).replace(/"dashboard":"[^"]+"/, '"dashboard":"newer"');
    await route.fulfill({ response: answer, body: text });
  });
  await page.goto(`${site.url}/account`);
  await giveToken();
  await page.getByText('A newer version is deployed.').waitFor();
  expect(await page.getByRole('button', { name: 'Reload' }).count()).toBe(1);
});
