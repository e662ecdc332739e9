import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startWorld, type World } from '../world/world.ts';
import { launchBrowser, NARROW, settled, type Visit, visit } from './open-page.ts';

let browser: Browser;
let world: World;
let seen: Visit;

beforeAll(async () => {
  [browser, world] = await Promise.all([
    launchBrowser(),
    startWorld({ hosts: 2, vmsPerHost: 2, hours: 1, days: 0, judgedMinutes: 2 }),
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

async function openAs(role: 'admin' | 'operator' | 'viewer', path: string) {
  seen = await visit(browser, { url: world.url, token: world.tokens[role] });
  await seen.open(path);
  return seen.page;
}

test('a token is made, shown once, works, and is ended', async () => {
  const page = await openAs('operator', 'tokens');
  await page.getByRole('button', { name: 'Make a token' }).click();
  const dialog = page.getByRole('dialog', { name: 'Make a token' });
  await dialog.getByRole('button', { name: 'Make it' }).click();
  await dialog.getByText('Say what it is for').waitFor();
  await dialog.getByLabel('What it is for').fill('amtool');
  await dialog.getByRole('button', { name: 'Make it' }).click();
  const token = await page.getByRole('textbox', { name: 'Token', exact: true }).inputValue();
  expect(token).toMatch(/^hvt_/);
  const ask = () =>
    fetch(`${world.url}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } });
  expect(await (await ask()).json()).toMatchObject({ data: { role: 'viewer' } });
  await page.getByRole('button', { name: 'Done' }).click();
  expect(await page.content()).not.toContain(token);
  await page.getByRole('button', { name: 'End amtool' }).click();
  const question = page.getByRole('alertdialog');
  await question.getByRole('button', { name: 'End', exact: true }).click();
  await page.getByText('amtool ends within a minute').waitFor();
  await page.getByRole('row', { name: /amtool/ }).waitFor({ state: 'detached' });
});

test('what the role does not allow is not offered: no roles above one’s own, nobody else’s tokens', async () => {
  const page = await openAs('viewer', 'tokens');
  await page.getByRole('row', { name: /sam.okafor/ }).waitFor();
  expect(await page.getByRole('row').count()).toBe(2);
  expect(await page.getByRole('tab').allTextContents()).toEqual(['API tokens', 'People and roles']);
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByRole('combobox', { name: 'What it may' }).click();
  expect(await page.getByRole('option').count()).toBe(1);
  await page.keyboard.press('Escape');
  await page.goto(`${world.url}/audit`);
  await page.getByText('The audit log is for admins').waitFor();
});

test('an admin sees and ends enrolment tokens and keys, and reads how people are added', async () => {
  const page = await openAs('admin', 'tokens?show=enrolment');
  await page.getByText('20 of 20').waitFor();
  await page.getByRole('tab', { name: 'Keys of hosts' }).click();
  await page.waitForURL(/show=keys/);
  await page.getByLabel('Name').fill('hv-fra-01');
  await page.keyboard.press('Enter');
  const row = page.getByRole('row', { name: /hv-fra-01/ });
  await page.getByRole('row', { name: /hv-ams/ }).waitFor({ state: 'detached' });
  await row.getByRole('button', { name: 'End hv-fra-01' }).click();
  await page.getByText('Nothing more is taken from hv-fra-01 within a minute').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('tab', { name: 'People and roles' }).click();
  expect(await page.getByRole('textbox', { name: 'Add a person' }).inputValue()).toContain(
    'npm run user -- ',
  );
});

test('the audit log says who did what, by filter, and is taken along', async () => {
  const page = await openAs('admin', 'audit');
  await page
    .getByRole('listitem')
    .filter({ hasText: /made an API token.*Grafana/ })
    .waitFor({ state: 'detached' });
  await page.getByRole('combobox', { name: 'How far back' }).click();
  await page.getByRole('option', { name: 'all 400 days' }).click();
  const row = page.getByRole('listitem').filter({ hasText: /made an API token.*Grafana/ });
  await row.waitFor();
  await page.getByLabel('Who').fill('li.wei');
  await page.keyboard.press('Enter');
  await page.waitForURL(/who=li\.wei/);
  await row.waitFor({ state: 'detached' });
  await page
    .getByText(/BIOS update/)
    .first()
    .waitFor();
  await page.reload();
  await page.getByText('ended a silence').waitFor();
  await page.getByRole('button', { name: 'Export' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: /as JSON/ }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('audit.jsonl');
  await page.getByText(/^Exported \d records?$/).waitFor();
});

test('older records come when asked for', async () => {
  for (let i = 0; i < 60; i++) await makeAndEnd();
  const page = await openAs('admin', 'audit?range=24h');
  const rows = page.locator('.audit-entry');
  const older = page.getByRole('button', { name: 'Older ones' });
  await older.waitFor();
  expect(await rows.count()).toBe(100);
  await older.click();
  await page.getByText('No older ones in this time').waitFor();
  expect(await rows.count()).toBeGreaterThan(120);
});

async function makeAndEnd(): Promise<void> {
  const headers = {
    authorization: `Bearer ${world.tokens.admin}`,
    'content-type': 'application/json',
  };
  const url = `${world.url}/api/v1/tokens`;
  const made = await fetch(url, { method: 'POST', headers, body: '{"name":"nightly"}' });
  const { data } = (await made.json()) as { data: { id: string } };
  await fetch(`${url}/${data.id}`, { method: 'DELETE', headers });
}

test('both pages are usable on the narrowest phone', async () => {
  seen = await visit(browser, {
    ...{ url: world.url, token: world.tokens.admin, viewport: NARROW, touch: true },
  });
  for (const path of ['tokens', 'tokens?show=people', 'audit']) {
    await seen.open(path);
    await settled(seen.page);
    expect(await seen.page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  }
});
