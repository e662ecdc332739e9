import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Role } from '../../core/role.ts';
import { documentWidth, launchBrowser, NARROW, settled, type Visit, visit } from './open-page.ts';
import { startToldSite, type ToldSite } from './told-site.ts';

let browser: Browser;
let site: ToldSite;
let seen: Visit;

beforeAll(async () => {
  [browser, site] = await Promise.all([launchBrowser(), startToldSite()]);
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

async function openAs(role: Role, more: Partial<Parameters<typeof visit>[1]> = {}) {
  seen = await visit(browser, { url: site.url, token: site.tokens[role], ...more });
  await seen.open('subscriptions');
  await settled(seen.page);
  return seen.page;
}

test('an email address is added, waits, agrees, gets a test, and is removed', async () => {
  const page = await openAs('admin');
  await page.getByText('Nobody hears of alerts by email or phone').waitFor();
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Add an address' });
  await dialog.getByLabel(/Email address/).fill('ada');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.getByText('This is no email address.').waitFor();
  await dialog.getByLabel(/Email address/).fill('ada@example.org');
  await dialog.getByRole('checkbox', { name: /warning/ }).check();
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('ada@example.org was sent a link').waitFor();
  const row = page.getByRole('row', { name: /ada@example\.org/ });
  await row.getByText('critical · not confirmed').waitFor();
  await row.getByText('warning · not confirmed').waitFor();
  site.sns.confirm('ada@example.org');
  await page.reload();
  await row.getByText('critical', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Test critical' }).click();
  const question = page.getByRole('alertdialog');
  await question.getByText('1 subscription gets it.').waitFor();
  await question.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('A test was sent to all who hear of critical.').waitFor();
  expect(site.sns.published.map(({ topicArn }) => topicArn.split(':').at(-1))).toEqual([
    'critical',
  ]);
  await page.getByRole('button', { name: 'Remove: ada@example.org' }).click();
  await question.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByText('Nobody hears of alerts by email or phone').waitFor();
});

test('a phone is taken as it is written, and what is wrong with one is said', async () => {
  const page = await openAs('admin');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Add an address' });
  await dialog.getByRole('combobox', { name: 'By' }).click();
  await page.getByRole('option', { name: 'Text message' }).click();
  await dialog.getByLabel(/Phone number/).fill('0171 1234567');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.getByText('Begin with "+" and the country').waitFor();
  await dialog.getByLabel(/Phone number/).fill('+49 (171) 1234567');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('row', { name: /\+491711234567/ }).waitFor();
});

test('what SNS refuses is said in the dialog, and what was typed stays', async () => {
  const page = await openAs('admin');
  site.sns.refuseNext('Subscribe', 'AuthorizationError', 'the account may send no more');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Add an address' });
  await dialog.getByLabel(/Email address/).fill('bea@example.org');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.getByText(/the account may send no more/).waitFor();
  expect(await dialog.getByLabel(/Email address/).inputValue()).toBe('bea@example.org');
});

test('what the deployment set is shown as such; who has not agreed can be asked again', async () => {
  site.sns.add({ topic: 'info', endpoint: 'team@example.org' });
  const page = await openAs('admin');
  const row = page.getByRole('row', { name: /team@example\.org/ });
  await row.getByText('from the settings of the deployment').waitFor();
  const before = site.sns.asked.get('team@example.org') ?? 0;
  await row.getByRole('button', { name: 'Ask again' }).click();
  await page.getByText('team@example.org was sent another confirmation.').waitFor();
  expect(site.sns.asked.get('team@example.org')).toBe(before + 1);
  const remove = row.getByRole('button', { name: 'Remove: team@example.org' });
  expect(await remove.getAttribute('aria-disabled')).toBe('true');
});

test('viewers see masked addresses, and what they may not do says why', async () => {
  const page = await openAs('viewer');
  await page.getByText('t***@example.org').waitFor();
  expect(await page.content()).not.toContain('team@example.org');
  const add = page.getByRole('button', { name: 'Add', exact: true });
  expect(await add.getAttribute('aria-disabled')).toBe('true');
  // Who goes by keyboard is told where they stand; whoever presses sees no focus.
  await page.keyboard.press('Tab');
  await add.focus();
  await page.locator('.tooltip', { hasText: 'Only admins add and remove addresses.' }).waitFor();
  expect(await page.getByRole('button', { name: /^Remove/ }).count()).toBe(0);
});

test('on a narrow phone nothing scrolls sideways, in Chinese too', async () => {
  const page = await openAs('admin', {
    viewport: NARROW,
    touch: true,
    theme: 'dark',
    language: 'zh-CN',
  });
  await page.getByRole('heading', { name: '通知订阅' }).waitFor();
  expect(await documentWidth(page)).toBeLessThanOrEqual(NARROW.width);
});
