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
      ...{ hosts: 6, vmsPerHost: 5, hours: 3, days: 2, judgedMinutes: 20 },
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
  uuid: string,
  query = 'range=1h',
  more: Partial<Parameters<typeof visit>[1]> = {},
): Promise<void> {
  seen = await visit(browser, { url: world.url, token: world.tokens.viewer, atMs: NOW, ...more });
  page = seen.page;
  await seen.open(`vm?uuid=${uuid}&${query}`);
}

const hostName = (number: number) => world.fleet.hosts[number]?.name ?? '';
/** A VM by the host it was on at first, and its number there. */
const vmOf = (host: number, number: number) => {
  const vm = world.fleet.vms.filter(({ homes }) => homes[0]?.host === hostName(host))[number];
  if (vm === undefined) throw new Error(`no VM ${number} on host ${host}`);
  return vm;
};
const section = (name: string) => page.getByRole('region', { name });
const bar = (name: string) => section('What it was').getByRole('list', { name });

describe('a VM', () => {
  test('that crashed says so, since when, and what fires', async () => {
    const vm = vmOf(3, 1);
    await open(vm.uuid);
    await page.getByRole('heading', { level: 1, name: vm.name }).waitFor();
    await page.locator('.page-lead').getByText('crashed').waitFor();
    await section('Alerts now').getByText('VmDown').first().waitFor();
    await bar('State')
      .getByText(/^running: /)
      .waitFor({ state: 'attached' });
    await bar('State')
      .getByText(/^crashed: /)
      .waitFor({ state: 'attached' });
    await section('What it was').getByText('crashed', { exact: false }).first().waitFor();
    await page
      .getByRole('link', { name: hostName(3) })
      .first()
      .waitFor();
  });

  test('that crashed and was started again has both in its time line', async () => {
    await open(vmOf(3, 4).uuid, 'range=6h');
    const states = bar('State');
    await states.getByText(/^crashed: .*\(1[12] min/).waitFor({ state: 'attached' });
    expect(await states.getByText(/^running: /).count()).toBe(2);
    const happened = section('What it was').locator('.vm-events');
    expect((await happened.getByRole('listitem').allTextContents()).join()).toMatch(
      /booted.*crashed/,
    );
  });

  test('that moved says from where to where, and links to both', async () => {
    const vm = vmOf(5, 0);
    await open(vm.uuid, 'range=6h');
    const [from, to] = [hostName(5), hostName(3)];
    await section('What it was').getByText(`migrated from ${from} to ${to}`).waitFor();
    await bar('Host')
      .getByText(new RegExp(`^${from}: `))
      .waitFor({ state: 'attached' });
    await bar('Host')
      .getByText(new RegExp(`^${to}: `))
      .waitFor({ state: 'attached' });
    const placements = page.getByRole('table', { name: 'Where it was' });
    expect(await placements.getByRole('rowheader').allTextContents()).toEqual([to, from]);
    await placements.getByRole('link', { name: from }).click();
    await page.waitForURL(/host\?name=/);
    await page.getByRole('heading', { level: 1, name: from }).waitFor();
  });

  test('has its charts, with what it waited for', async () => {
    await open(vmOf(1, 0).uuid);
    const chart = (title: string) =>
      page.locator('figure.chart').filter({ has: page.getByText(title, { exact: true }) });
    for (const title of [
      'CPU, of its vCPUs',
      'Contention: time it waited for a CPU',
      'Memory',
      'Disk throughput',
      'Network',
    ])
      await chart(title).locator('.chart-value').first().getByText(/\d/).waitFor();
  });

  test('that nobody knows leads on', async () => {
    await open('00000000-0000-4000-8000-000000000000');
    await page.getByText('No such VM').waitFor();
    await page.getByRole('link', { name: 'To the overview' }).waitFor();
  });
});

test.each(['light', 'dark'] as const)('fits the narrowest phone, %s', async (theme) => {
  await open(vmOf(5, 0).uuid, 'range=7d&compare=week', { viewport: NARROW, touch: true, theme });
  await settled(page);
  await page.locator('figure.chart canvas').first().waitFor();
  expect(await documentWidth(page)).toBe(NARROW.width);
});
