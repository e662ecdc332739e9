import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FakeCognito, startFakeCognito } from '../sign-in/fake-cognito.ts';
import { type Site, startSite } from './site.ts';

let browser: Browser;
let cognito: FakeCognito;
let site: Site;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
});
afterAll(() => browser.close());

beforeEach(async () => {
  cognito = await startFakeCognito();
  site = await startSite((apiUrl) => {
    // Another site than the pages', as Cognito's is: strict cookies stay behind.
    const domain = cognito.url.replace('127.0.0.1', 'localhost');
    return { ...cognito.settings(apiUrl), domain };
  });
  context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  page = await context.newPage();
  page.setDefaultTimeout(15_000);
});
afterEach(async () => {
  await context.close();
  await site.close();
  await cognito.close();
});

test('a person signs in, silences under their own name, and signs out', async () => {
  cognito.current = cognito.addUser('ada@example.org', ['operator']);
  await page.goto(`${site.url}/alerts?filter=host%3D%22hv-1%22`);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.waitForURL(`${site.url}/alerts?filter=host%3D%22hv-1%22`);
  await page.getByText('ada@example.org · operator').waitFor();
  await page.getByRole('article', { name: 'HostDown: hv-1' }).waitFor();

  await page.getByRole('button', { name: 'Silence: HostDown: hv-1' }).click();
  const dialog = page.getByRole('dialog', { name: 'New silence' });
  await dialog.getByRole('button', { name: 'Silence', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('tab', { name: 'Silences 1' }).click();
  await page.getByText('by ada@example.org').waitFor();

  await page.getByRole('link', { name: 'Account and settings' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('Please sign in').waitFor();
  // Cognito knows nobody any more, either.
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.waitForURL(/^http:\/\/localhost:\d+\/oauth2\/authorize\?/);
  expect(await page.title()).toBe('Who are you?');
});

test('what the role does not allow is not offered', async () => {
  cognito.current = cognito.addUser('grace@example.org', ['viewer']);
  await page.goto(`${site.url}/alerts`);
  await page.getByRole('link', { name: 'Sign in' }).click();
  const reason = 'Your role is viewer: to acknowledge and silence alerts';
  await page.getByRole('paragraph').filter({ hasText: reason }).waitFor();
  await page.getByRole('article', { name: 'HostDown: hv-1' }).waitFor();
  const offered = page.getByRole('button', {
    name: /^(Silence|Acknowledge|New silence)/,
    disabled: false,
  });
  expect(await offered.count()).toBe(0);
});

test('a token is the other way in', async () => {
  await page.goto(`${site.url}/alerts`);
  await page.getByText('Use an API token').click();
  await page.getByLabel('Token', { exact: true }).fill(site.token);
  await page.keyboard.press('Enter');
  await page.getByText('test · operator').waitFor();
  await page.getByRole('tab', { name: /^Firing/ }).waitFor();
});

test('a session that is over leads to sign in again, and back to what was open', async () => {
  cognito.current = cognito.addUser('ada@example.org', ['operator']);
  const address = `${site.url}/alerts?filter=host%3D%22hv-1%22`;
  await page.goto(address);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByRole('article', { name: 'HostDown: hv-1' }).waitFor();
  await context.clearCookies();
  await page.reload();
  await page.getByText('Please sign in').waitFor();
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByRole('article', { name: 'HostDown: hv-1' }).waitFor();
  expect(page.url()).toBe(address);
});
