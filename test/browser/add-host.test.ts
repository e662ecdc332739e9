import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
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

async function openAs(role: 'admin' | 'viewer', more: Partial<Parameters<typeof visit>[1]> = {}) {
  seen = await visit(browser, { url: site.url, token: site.tokens[role], ...more });
  await seen.open('add-host');
  await settled(seen.page);
  return seen.page;
}

test('from nothing to a host that is here: token, line, first batch', async () => {
  const page = await openAs('admin');
  await seen.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Make a token' }).click();
  const command = page.locator('.add-host-command');
  await command.waitFor();
  expect(await command.textContent(), 'hidden from screenshots').not.toContain('hve');
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  const copied = await page.evaluate<string>('navigator.clipboard.readText()');
  expect(copied).toContain(`curl -fsSL ${site.url}/install.sh | sudo`);
  const token = /TOKEN='([^']+)'/.exec(copied)?.[1] ?? '';
  await page.getByRole('button', { name: 'Show the token' }).click();
  expect(await command.textContent()).toBe(copied);
  await page.getByText('Waiting for the first host…').waitFor();
  // What the line does on a host.
  const key = await site.enrol(token, 'hv-1');
  await page.getByText('hv-1 has its key; waiting for its first batch…').waitFor();
  await site.post(key, 'hv-1', 1, ['mail', 'shop']);
  await page.getByText('hv-1 is here').waitFor();
  await page.getByText('2 VMs found: mail, shop').waitFor();
  await page.getByText('Debian GNU/Linux 13 · x64').waitFor();
  const href = await page.getByRole('link', { name: 'Open: hv-1' }).getAttribute('href');
  expect(href).toBe('./host?name=hv-1');
});

test('other platforms have lines of their own; a page that is loaded anew goes on waiting', async () => {
  const page = await openAs('admin');
  await page.getByRole('radio', { name: /Windows/ }).check();
  await page.getByLabel('How many hosts').fill('3');
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByText(/irm .*install\.ps1 \| iex/).waitFor();
  await page.reload();
  await page.getByText('For 3 more hosts, until').waitFor();
  await page.getByText('Waiting for the first host…').waitFor();
  expect(await page.getByRole('radio', { name: /Windows/ }).isChecked()).toBe(true);
  await page.getByText('The token itself is shown only once').waitFor();
});

test('a token is revoked in the list', async () => {
  const page = await openAs('admin');
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByText('Waiting for the first host…').waitFor();
  const id = new URL(page.url()).searchParams.get('token') ?? '';
  const row = page.getByRole('row', { name: new RegExp(id) });
  await row.getByRole('button').click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'End', exact: true }).click();
  await page.getByText('This token lets nobody in any more.').waitFor();
});

test('what may be wrong is said after two minutes', async () => {
  const page = await openAs('admin');
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByText('Waiting for the first host…').waitFor();
  expect(await page.getByText('Nothing has come in 2 minutes').count()).toBe(0);
  await page.clock.install({ time: Date.now() + 130_000 });
  await page.reload();
  await page.getByText('Nothing has come in 2 minutes').waitFor();
  await page.getByText(/no agent was built/).waitFor();
});

test('who may let no host in is told so', async () => {
  const page = await openAs('viewer');
  await page.getByText('Only admins let hosts in.').waitFor();
  expect(await page.getByRole('button', { name: 'Make a token' }).count()).toBe(0);
});

test('on a narrow phone nothing scrolls sideways', async () => {
  const page = await openAs('admin', { viewport: NARROW, touch: true, theme: 'dark' });
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByRole('button', { name: 'Show the token' }).click();
  expect(await documentWidth(page)).toBeLessThanOrEqual(NARROW.width);
});
