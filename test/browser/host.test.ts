import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startWorld, type World } from '../world/world.ts';
import { documentWidth, launchBrowser, NARROW, settled, type Visit, visit } from './open-page.ts';

const NOW = Date.UTC(2026, 10, 23, 16, 40, 30);

let browser: Browser;
let world: World;
let seen: Visit;
let page: Page;

beforeAll(async () => {
  [browser, world] = await Promise.all([
    launchBrowser(),
    startWorld({
      ...{ hosts: 6, vmsPerHost: 5, hours: 3, days: 8, judgedMinutes: 20 },
      ...{ nowMs: NOW, isStill: true },
    }),
  ]);
}, 240_000);
afterAll(async () => {
  await browser.close();
  await world.close();
});
afterEach(async () => {
  await seen.close();
  expect(seen.complaints).toEqual([]);
  expect(seen.strangers).toEqual([]);
});

async function open(
  number: number,
  query = 'range=1h',
  more: Partial<Parameters<typeof visit>[1]> = {},
): Promise<void> {
  seen = await visit(browser, { url: world.url, token: world.tokens.viewer, atMs: NOW, ...more });
  page = seen.page;
  await seen.open(`host?name=${hostName(number)}&${query}`);
}

const hostName = (number: number) => world.fleet.hosts[number]?.name ?? '';
const section = (name: string) => page.getByRole('region', { name });
const chart = (title: string) =>
  page.locator('figure.chart').filter({ has: page.getByText(title, { exact: true }) });

describe('a host', () => {
  test('says what it is, how it is, and what fires', async () => {
    await open(2);
    await page.getByRole('heading', { level: 1, name: hostName(2) }).waitFor();
    await page.locator('.page-lead').getByText('up').waitFor();
    const facts = section('Facts');
    for (const text of ['logical CPU', 'Debian GNU/Linux 13', 'qemu', 'env=production'])
      await facts.getByText(text).first().waitFor();
    await section('Alerts now').getByText('HostDiskSpaceLow').first().waitFor();
    expect(await page.title()).toBe(`${hostName(2)} · Host · Hypervigil`);
  });

  test('has the limits of rules and the times of alerts drawn in', async () => {
    await open(2);
    const cpu = chart('CPU');
    await cpu.locator('.chart-value').first().getByText('%').waitFor();
    // What is drawn is read by nobody but eyes; the times of alerts are there as text, too.
    const times = section('Alerts over this time');
    await times.getByText('VmStorageFailed').first().waitFor();
    await times.getByRole('button', { name: 'Show as table' }).click();
    await times
      .getByRole('cell', { name: /VmStorageFailed .* firing/ })
      .first()
      .waitFor();
    const filesystems = chart('Filesystems');
    await filesystems.getByRole('button', { name: 'Show as table' }).click();
    await filesystems
      .getByRole('cell', { name: /HostDiskSpaceLow/ })
      .first()
      .waitFor();
  });

  test('shows who uses it: its VMs stacked, the whole host, who waits; and what each takes now', async () => {
    await open(1);
    await section('Who is using this host').scrollIntoViewIfNeeded();
    const cpu = chart('CPU, of all of the host');
    await cpu.getByRole('button', { name: /^the whole host/ }).waitFor();
    const vms = world.fleet.vms.filter(({ homes }) => homes.at(-1)?.host === hostName(1));
    for (const { name } of vms)
      await cpu.getByRole('button', { name: new RegExp(`^${name} `) }).waitFor();
    await chart('Contention: time VMs waited for a CPU').getByText('%').first().waitFor();
    const table = page.getByRole('table', { name: 'VMs' });
    const usedOf = async () =>
      (await table.locator('tbody tr td:nth-child(4)').allTextContents()).map(Number.parseFloat);
    await expect.poll(async () => (await usedOf()).length).toBe(vms.length);
    const used = await usedOf();
    expect(used).toEqual(used.toSorted((a, b) => b - a));
    await table.getByRole('link', { name: vms[0]?.name ?? '' }).click();
    await page.waitForURL(/vm\?uuid=/);
    await page.getByRole('heading', { level: 1, name: vms[0]?.name ?? '' }).waitFor();
  });

  test('says when a filesystem is full, and where that is not foreseeable', async () => {
    await open(2);
    const forecast = section('When filesystems fill up');
    await forecast.scrollIntoViewIfNeeded();
    const row = (mountpoint: string) =>
      forecast.getByRole('row').filter({ has: page.getByText(mountpoint, { exact: true }) });
    await row('/var/lib/libvirt/images')
      .getByText(/full in \d/)
      .waitFor();
    await forecast.getByRole('button', { name: /^if it goes on so/ }).waitFor();
    const other = forecast
      .getByRole('row')
      .filter({ hasText: /not foreseeable|does not grow|not full/ });
    const mountpoint = (await other.first().getByRole('button').textContent()) ?? '';
    await other.first().getByRole('button').click();
    await page.waitForURL(new RegExp(`fs=${encodeURIComponent(mountpoint)}`));
    await forecast.getByText(`${mountpoint}: the last 7 days, and on`).first().waitFor();
    expect(await forecast.getByRole('button', { name: /^if it goes on so/ }).count()).toBe(0);
  });

  test('that is not heard says since when, and its lines end there', async () => {
    await open(4);
    const lead = page.locator('.page-lead');
    await lead.getByText('not heard').waitFor();
    await lead.getByText(/nothing heard for/).waitFor();
    const cpu = chart('CPU');
    await cpu.getByRole('button', { name: 'Show as table' }).click();
    const rows = await cpu.getByRole('row').allTextContents();
    // Nothing for the last nine minutes; before them something.
    expect(rows.slice(1, 20).every((row) => row.includes('––'))).toBe(true);
    expect(rows.at(-1)).not.toContain('–');
  });

  test('that came back has a gap in its lines', async () => {
    const [from, to] = [140, 100].map((ago) => new Date(NOW - ago * 60_000).toISOString());
    await open(5, `from=${from}&to=${to}`);
    const cpu = chart('CPU');
    await cpu.getByRole('button', { name: 'Show as table' }).click();
    const rows = (await cpu.getByRole('row').allTextContents()).slice(1);
    const gaps = rows.map((row) => (row.includes('––') ? '_' : 'x')).join('');
    expect(gaps).toMatch(/^x+_{30,}x+$/);
  });

  test('that nobody knows leads on', async () => {
    seen = await visit(browser, { url: world.url, token: world.tokens.viewer, atMs: NOW });
    page = seen.page;
    await seen.open('host?name=nobody');
    await page.getByText('No host nobody').waitFor();
    await page.getByRole('link', { name: 'To the overview' }).waitFor();
  });
});

test.each(['light', 'dark'] as const)('fits the narrowest phone, %s', async (theme) => {
  await open(0, 'range=6h&compare=week', { viewport: NARROW, touch: true, theme });
  await settled(page);
  await chart('CPU').locator('canvas').waitFor();
  await page.evaluate('scrollTo(0, document.body.scrollHeight)');
  await section('When filesystems fill up').getByRole('table').first().waitFor();
  expect(await documentWidth(page)).toBe(NARROW.width);
});
