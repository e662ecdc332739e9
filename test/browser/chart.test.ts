import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startWorld, type World } from '../world/world.ts';
import { launchBrowser, PHONE, type Visit, visit } from './open-page.ts';

/** Two hosts with an hour and a half of samples; the rest are points of an hour. */
const NOW = Date.UTC(2026, 10, 23, 16, 40, 30);

let browser: Browser;
let world: World;
let seen: Visit;
let page: Page;
let host: string;

beforeAll(async () => {
  [browser, world] = await Promise.all([
    launchBrowser(),
    startWorld({
      ...{ hosts: 2, vmsPerHost: 3, hours: 2, days: 8, judgedMinutes: 12 },
      ...{ nowMs: NOW, isStill: true },
    }),
  ]);
  host = world.fleet.hosts[0]?.name ?? '';
}, 180_000);
afterAll(async () => {
  await browser.close();
  await world.close();
});
afterEach(async () => {
  await seen.close();
  expect(seen.complaints).toEqual([]);
  expect(seen.strangers).toEqual([]);
});

async function open(query: string, more: Partial<Parameters<typeof visit>[1]> = {}): Promise<void> {
  seen = await visit(browser, { url: world.url, token: world.tokens.admin, atMs: NOW, ...more });
  page = seen.page;
  await seen.open(`host?name=${host}&${query}`);
  await chart('CPU').locator('canvas').waitFor();
  await chart('CPU').locator('.chart-value').first().getByText('%').waitFor();
}

const chart = (title: string) =>
  page
    .locator('figure.chart')
    .filter({ has: page.locator('.chart-title', { hasText: title }) })
    .first();
const slider = (title: string) => chart(title).getByRole('slider');
const rangeOf = () => {
  const query = new URL(page.url()).searchParams;
  return { range: query.get('range'), from: query.get('from'), to: query.get('to') };
};

/** Drags over a part of a plot, from and to as shares of its width. */
async function drag(title: string, from: number, to: number): Promise<void> {
  const over = chart(title).locator('.u-over');
  await over.scrollIntoViewIfNeeded();
  const box = await over.boundingBox();
  if (box === null) throw new Error(`no plot of ${title}`);
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * ((from + to) / 2), y);
  await page.mouse.move(box.x + box.width * to, y);
  await page.mouse.up();
}

describe('zooming', () => {
  test('by dragging is in the address, and going back undoes it', async () => {
    await open('range=1h');
    await drag('CPU', 0.25, 0.75);
    await page.waitForURL(/from=.*to=/);
    const { from, to, range } = rangeOf();
    const lengthMs = Date.parse(to ?? '') - Date.parse(from ?? '');
    expect(lengthMs / 60_000).toBeCloseTo(30, -1);
    expect(range).toBeNull();
    const live = page.getByRole('button', { name: 'Live' });
    expect(await live.getAttribute('aria-pressed')).toBe('false');
    await page.goBack();
    expect(rangeOf()).toEqual({ range: '1h', from: null, to: null });
    await page.getByRole('button', { name: 'Live', pressed: true }).waitFor();
  });

  test('back out by a double click and by a key, further than it came from by the button', async () => {
    await open('range=1h');
    await drag('CPU', 0.5, 0.75);
    await page.waitForURL(/from=/);
    await chart('CPU').locator('.u-over').dblclick();
    await page.waitForURL(/range=1h/);
    await slider('CPU').focus();
    await page.keyboard.press('+');
    await page.waitForURL(/from=/);
    await page.keyboard.press('Backspace');
    await page.waitForURL(/range=1h/);
    await page.getByRole('button', { name: 'Zoom out' }).click();
    await page.waitForURL(/from=/);
    const { from, to } = rangeOf();
    expect(Date.parse(to ?? '') - Date.parse(from ?? '')).toBe(2 * 3_600_000);
  });
});

describe('values', () => {
  test('are read at one time in all charts', async () => {
    await open('range=1h');
    await chart('CPU')
      .locator('.u-over')
      .hover({ position: { x: 100, y: 50 } });
    const at = chart('CPU').locator('.chart-at');
    await at.getByText(/\d\d:\d\d:\d\d/).waitFor();
    const time = await at.textContent();
    expect(await chart('Network').locator('.chart-at').textContent()).toBe(time);
    await chart('CPU').locator('.chart-title').hover();
    await at.getByText('Newest').waitFor();
  });

  test('are read out with arrow keys', async () => {
    await open('range=1h');
    await slider('CPU').focus();
    for (const key of ['Home', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    expect(await slider('CPU').getAttribute('aria-valuenow')).toBe('2');
    expect(await slider('CPU').getAttribute('aria-valuetext')).toMatch(
      /15:40:50: busy \d.* %, waiting for disks/,
    );
    await page.keyboard.press('Escape');
    expect(await slider('CPU').getAttribute('aria-valuetext')).toBe('nothing chosen');
  });

  test('are there as a table, and a line can be taken away', async () => {
    await open('range=1h');
    const cpu = chart('CPU');
    await cpu.getByRole('button', { name: 'Show as table' }).click();
    const table = cpu.getByRole('table', { name: 'CPU' });
    expect(await table.getByRole('columnheader').allTextContents()).toEqual(
      expect.arrayContaining(['Time', 'busy', 'waiting for disks']),
    );
    expect(await table.getByRole('row').count()).toBeGreaterThan(100);
    const line = cpu.getByRole('button', { name: /^busy/ });
    await line.click();
    expect(await line.getAttribute('aria-pressed')).toBe('false');
  });

  test('a finger reads them, and two zoom', async () => {
    await open('range=1h', { viewport: PHONE, touch: true });
    const over = chart('CPU').locator('.u-over');
    await over.scrollIntoViewIfNeeded();
    const box = await over.boundingBox();
    if (box === null) throw new Error('no plot');
    const cdp = await seen.context.newCDPSession(page);
    const y = box.y + box.height / 2;
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', xs: readonly number[]) =>
      cdp.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: xs.map((share, id) => ({ x: box.x + box.width * share, y, id })),
      });
    await touch('touchStart', [0.3]);
    await touch('touchMove', [0.5]);
    await chart('CPU')
      .locator('.chart-at')
      .getByText(/16:1\d:/)
      .waitFor();
    await touch('touchEnd', []);
    await touch('touchStart', [0.4]);
    await touch('touchStart', [0.4, 0.6]);
    await touch('touchMove', [0.3, 0.7]);
    await touch('touchMove', [0.2, 0.8]);
    await touch('touchEnd', []);
    await page.waitForURL(/from=.*to=/);
    const { from, to } = rangeOf();
    expect((Date.parse(to ?? '') - Date.parse(from ?? '')) / 60_000).toBeCloseTo(20, -1);
  });
});

describe('a range', () => {
  test('is compared with a week ago, broken lines beside the others', async () => {
    await open('range=1h&compare=week');
    await chart('CPU')
      .getByRole('button', { name: /^busy · a week ago/ })
      .waitFor();
    await page.getByLabel('Compare with a week ago').uncheck();
    await chart('CPU')
      .getByRole('button', { name: /^busy · a week ago/ })
      .waitFor({ state: 'detached' });
    expect(page.url()).not.toContain('compare');
  });

  test('of a week has points of hours where nothing finer is kept, without holes between them', async () => {
    await open('range=7d');
    const cpu = chart('CPU');
    await cpu.getByRole('button', { name: 'Show as table' }).click();
    const table = cpu.getByRole('table', { name: 'CPU' });
    const rows = await table.getByRole('row').allTextContents();
    const older = rows.filter((row) => /Nov (17|18|19|20|21),/.test(row));
    expect(older.length).toBeGreaterThan(100);
    expect(older.filter((row) => row.includes('–'))).toEqual([]);
    await page.getByRole('button', { name: '1 year' }).click();
    await page.waitForURL(/range=1y/);
    await chart('CPU').locator('.chart-value').first().getByText('%').waitFor();
  });

  test('from and to can be chosen, and what makes no sense says so', async () => {
    await open('range=1h');
    await page.getByRole('button', { name: 'From – to' }).click();
    await page.getByLabel('To', { exact: true }).fill('2026-11-22T10:00');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByText('It must be later than the beginning').waitFor();
    await page.getByLabel('From', { exact: true }).fill('2026-11-22T08:00');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.waitForURL(/from=2026-11-22T08/);
    expect(rangeOf()).toEqual({
      range: null,
      from: '2026-11-22T08:00:00Z',
      to: '2026-11-22T10:00:00Z',
    });
  });
});

test('following asks for the newest minutes only, and shows them', async () => {
  seen = await visit(browser, { url: world.url, token: world.tokens.admin });
  page = seen.page;
  await page.clock.install({ time: NOW - 60_000 });
  await seen.open(`host?name=${host}&range=1h`);
  const cpu = chart('CPU');
  await cpu.getByRole('button', { name: 'Show as table' }).click();
  const newest = cpu.getByRole('table', { name: 'CPU' }).getByRole('row').nth(1);
  const before = await newest.textContent();
  const isTail = (request: Request) => {
    const form = new URLSearchParams(request.postData() ?? '');
    const spanS = Number(form.get('end')) - Number(form.get('start'));
    return (form.get('query') ?? '').includes('host_cpu_usage') && spanS > 0 && spanS < 300;
  };
  const asked = page.waitForRequest(isTail);
  await page.clock.runFor(31_000);
  await asked;
  await expect.poll(() => newest.textContent()).not.toBe(before);
});
