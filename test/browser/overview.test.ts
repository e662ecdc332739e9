import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AlertInstance } from '../../core/alerting/alert-state.ts';
import { encodeState } from '../../core/alerting/state-encoding.ts';
import { FIRST_STATE } from '../../core/alerting/tick-state.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import type { HostState, VmState } from '../../core/topology/topology-state.ts';
import type { VmKind } from '../../core/topology/vm-kind.ts';
import { createHandler } from '../../functions/api/handler.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { createStateStore } from '../../functions/store/state.ts';
import { buildDashboard } from '../../infra/dashboard-build/build.ts';
import { API_PATHS } from '../../infra/local/api-paths.ts';
import { startFront } from '../../infra/local/http-front.ts';
import { sampled, storeSeries } from '../api/fixture.ts';
import { startTable, type TestTable } from '../functions/table.ts';
import { DESKTOP, documentWidth, launchBrowser, PHONE, type Visit, visit } from './open-page.ts';

/** The overview over a fleet whose states a test writes as a tick would. */

let browser: Browser;
let store: TestTable;
let url: string;
let token: string;
let closeFront: () => Promise<void>;
let seen: Visit | undefined;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  store = await startTable();
  token = await addApiToken(store.table, 'test', Date.now());
  const environment = { ...store.environment, RULES_DIR: 'test/browser/rules' };
  const api = createHandler({ ...environment, DASHBOARD_DIR: await buildDashboard() });
  const front = await startFront({
    port: 0,
    routes: Object.fromEntries(API_PATHS.map((path) => [path, api])),
    nowMs: Date.now,
    onFault: (path, error) => {
      throw new Error(path, { cause: error });
    },
  });
  if (!front.ok) throw new Error(front.error.message);
  url = front.value.url;
  closeFront = front.value.close;
});
afterEach(async () => {
  expect(seen?.complaints ?? []).toEqual([]);
  expect(seen?.strangers ?? []).toEqual([]);
  await seen?.close();
  seen = undefined;
  await closeFront();
  await store.close();
});

interface MadeHost {
  readonly site?: string;
  readonly isDark?: boolean;
  readonly vms: Readonly<Record<string, VmKind>>;
}

const SINCE_MS = Date.UTC(2026, 0, 5, 2, 14);

function uuidOf(host: string, vm: string): string {
  const text = Buffer.from(`${host}/${vm}`).toString('hex').padEnd(32, '0').slice(-32);
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

async function tick(
  hosts: Readonly<Record<string, MadeHost>>,
  alerts: readonly AlertInstance[] = [],
): Promise<void> {
  const atMs = Date.now();
  const states = createStateStore(store.table);
  const topology = {
    atMs,
    hosts: Object.entries(hosts).map(([host, { isDark }]): HostState => {
      const lastMs = isDark === true ? atMs - 10 * MINUTE_MS : atMs - 5000;
      return { host, condition: isDark === true ? 'dark' : 'up', lastMs, libvirtUpMs: lastMs };
    }),
    vms: Object.entries(hosts).flatMap(([host, { vms }]) =>
      Object.entries(vms).map(([vm, kind]): VmState => {
        const seenThere = [{ host, kind, reason: '', sinceMs: SINCE_MS }];
        const places = [{ host, fromMs: SINCE_MS }];
        return { uuid: uuidOf(host, vm), vm, places, seen: seenThere };
      }),
    ),
    written: [],
  };
  const state = { ...FIRST_STATE, lastTickMs: atMs, alerts: { 'a;b;0': alerts }, topology };
  await states.replace(await states.read(), encodeState(state));
}

async function noteTags(hosts: Readonly<Record<string, MadeHost>>): Promise<void> {
  const now = Date.now();
  for (const [host, { site = '' }] of Object.entries(hosts)) {
    const entry = { host, firstSeenMs: now, lastSeenMs: now, facts: { tags: { site } }, vms: [] };
    await createInventoryStore(store.table).putHost(entry, now + 60 * MINUTE_MS);
  }
}

function vmDown(host: string, vm: string): AlertInstance {
  const uuid = uuidOf(host, vm);
  return {
    labels: labelsFrom({ alertname: 'VmDown', severity: 'critical', host, vm, uuid }),
    annotations: { summary: `VM ${vm} on ${host} is down: crashed` },
    ...{ state: 'firing', value: 1, activeAtMs: Date.now(), firedAtMs: Date.now() },
  } as AlertInstance;
}

const FLEET = {
  'hv-1': { site: 'berlin', vms: { 'shop-database': 'running', 'shop-web': 'running' } },
  'hv-2': { site: 'berlin', vms: { mail: 'off', wiki: 'paused' } },
  'hv-3': { site: 'tokyo', isDark: true, vms: { ci: 'running' } },
} as const satisfies Record<string, MadeHost>;

async function open(path = '', options: Partial<Parameters<typeof visit>[1]> = {}): Promise<Page> {
  seen = await visit(browser, { url, token, viewport: DESKTOP, ...options });
  await seen.open(path);
  await seen.page.locator('h1').waitFor();
  return seen.page;
}

const cell = (page: Page, name: RegExp) =>
  page.getByRole('region', { name: 'VMs by host' }).getByRole('link', { name });

/** The names of cells as they stand. */
function cellNames(page: Page): Promise<string[]> {
  return page
    .locator('.overview-grid .overview-cell')
    .evaluateAll((cells) =>
      cells.map((one) => (one.getAttribute('aria-label') ?? '').split(',')[0] ?? ''),
    );
}

describe('a fleet', () => {
  beforeEach(async () => {
    await noteTags(FLEET);
    await tick(FLEET);
  });

  /** As it is drawn, in quotes; it is style, no text. */
  const letter = (one: Locator) =>
    one
      .locator('.overview-letter')
      .evaluate(
        (element) =>
          element.ownerDocument.defaultView?.getComputedStyle(element, '::before').content,
      );

  test('shows each VM with its state in words, letter and colour, and leads to it', async () => {
    const page = await open();
    const mail = cell(page, /^mail, off, since/);
    await mail.waitFor();
    expect(await mail.textContent()).toBe('mail');
    expect(await letter(mail)).toBe('"O"');
    const running = cell(page, /^shop-web, running/);
    const colour = (one: Locator) =>
      one.evaluate(
        (element) => element.ownerDocument.defaultView?.getComputedStyle(element).backgroundColor,
      );
    expect(await colour(mail)).not.toBe(await colour(running));
    // Of a host that is not heard nobody knows.
    expect(await letter(cell(page, /^ci, unknown/))).toBe('"?"');
    const uuid = uuidOf('hv-1', 'shop-web');
    await page.locator(`.overview-cell[href*="uuid=${uuid}"]`).waitFor();
    await running.click();
    await page.waitForURL((at) => at.searchParams.get('uuid') === uuid);
  });

  test('turns red within seconds when a VM is killed, without a reload, and says what fires', async () => {
    const page = await open();
    await cell(page, /^shop-database, running/).waitFor();
    const killed = {
      ...FLEET,
      'hv-1': { vms: { ...FLEET['hv-1'].vms, 'shop-database': 'crashed' } },
    } as const;
    await tick(killed, [vmDown('hv-1', 'shop-database')]);
    const red = cell(page, /^shop-database, crashed, since .*, 1 alert$/);
    await red.waitFor({ timeout: 10_000 });
    expect(await red.getAttribute('class')).toContain('overview-critical');
    const firing = page.getByRole('complementary');
    await firing.getByRole('link', { name: 'VM shop-database on hv-1 is down: crashed' }).waitFor();
    expect(await page.getByRole('button', { name: /^Problems 4/ }).count()).toBe(1);
  });

  test('is narrowed down by name, tag and state, all in the address, and back', async () => {
    const page = await open();
    await cell(page, /^mail/).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('shop site=berlin');
    await page.waitForURL((at) => at.searchParams.get('q') === 'shop site=berlin');
    expect((await cellNames(page)).sort()).toEqual(['shop-database', 'shop-web']);
    await page.getByRole('searchbox').fill('');
    await cell(page, /^mail/).waitFor();
    await page.getByRole('button', { name: /paused/ }).click();
    await page.getByRole('button', { name: /^off/ }).click();
    await page.waitForURL((at) => at.searchParams.get('show') === 'vm-paused,vm-off');
    expect((await cellNames(page)).sort()).toEqual(['mail', 'wiki']);
    // Whoever is sent the address sees the same.
    const address = page.url();
    await seen?.close();
    const other = await open(address.slice(url.length));
    await cell(other, /^wiki/).waitFor();
    expect((await cellNames(other)).sort()).toEqual(['mail', 'wiki']);
    await other.getByRole('button', { name: 'All', exact: true }).click();
    await cell(other, /^shop-web/).waitFor();
  });

  test('what nothing fits says so, and leads back', async () => {
    const page = await open('?q=nowhere');
    await page.getByText('Nothing fits').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await cell(page, /^mail/).waitFor();
  });

  test('is grouped by a tag, and sorted', async () => {
    const page = await open();
    await cell(page, /^mail/).waitFor();
    expect((await cellNames(page))[0]).toBe('ci');
    await page.getByLabel('Sort').selectOption('name');
    await page.waitForURL((at) => at.searchParams.get('sort') === 'name');
    expect((await cellNames(page))[0]).toBe('shop-database');
    await page.getByLabel('Group by').selectOption('site');
    await page.getByRole('heading', { name: /site=berlin 2 hosts · 4 VMs/ }).waitFor();
    await page.getByRole('heading', { name: /site=tokyo .* 1 not heard/ }).waitFor();
  });

  test('is walked through by keyboard: one stop for Tab, arrows from VM to VM, Enter opens', async () => {
    const page = await open('?sort=name');
    await cell(page, /^mail/).waitFor();
    const stops = page.locator('.overview-grid .overview-cell[tabindex="0"]');
    expect(await stops.count()).toBe(1);
    await stops.focus();
    const focused = () =>
      page.evaluate("document.activeElement.getAttribute('aria-label').split(',')[0]");
    expect(await focused()).toBe('shop-database');
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('shop-web');
    await page.getByRole('region', { name: 'shop-web' }).getByText('running').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('region', { name: 'shop-web' }).count()).toBe(0);
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('mail');
    await page.keyboard.press('Control+End');
    expect(await focused()).toBe('ci');
    await page.keyboard.press('Control+Home');
    expect(await focused()).toBe('shop-database');
    expect(await stops.count()).toBe(1);
    await page.locator('.overview-cell[href*="uuid="]').first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL((at) => at.searchParams.get('uuid') === uuidOf('hv-1', 'shop-database'));
  });

  test('is coloured by a metric, with a legend; what has no value is seen to have none', async () => {
    const now = Date.now();
    const time = [now - 4 * MINUTE_MS, now - 5000] as const;
    const series = (['shop-database', 'shop-web'] as const).map((vm, i) => {
      const labels = {
        __name__: 'vm_cpu_usage_percent',
        host: 'hv-1',
        vm,
        uuid: uuidOf('hv-1', vm),
      };
      return sampled(labels, time, () => (i === 0 ? 97 : 3));
    });
    await storeSeries(store, 'hv-1', series, now);
    await storeSeries(
      store,
      'hv-2',
      [sampled({ __name__: 'host_cpu_usage_percent', host: 'hv-2' }, time, () => 41)],
      now,
    );
    const page = await open();
    await page.getByLabel('Colour').selectOption({ label: 'CPU' });
    await cell(page, /^shop-database, .*CPU 97 %$/).waitFor();
    expect(await cell(page, /^shop-database/).getAttribute('class')).toContain('overview-heat-6');
    expect(await cell(page, /^shop-web/).getAttribute('class')).toContain('overview-heat-0');
    await cell(page, /^mail, off, .*CPU no data$/).waitFor();
    await page.getByRole('heading', { name: /hv-2.*41 %/ }).waitFor();
    await page.getByText('95 %').waitFor();
    await page.getByLabel('Sort').selectOption('metric');
    await page.waitForURL((at) => at.searchParams.get('sort') === 'metric');
    expect((await cellNames(page))[0]).toBe('shop-database');
  });

  test('keeps what it knew while the API fails, and says so', async () => {
    const page = await open();
    await cell(page, /^mail/).waitFor();
    await page.route('**/api/v1/fleet*', (route) => route.fulfill({ status: 503, body: '{}' }));
    await page.getByRole('alert').getByText('Hypervigil is busy').waitFor({ timeout: 15_000 });
    expect(await cell(page, /^mail/).count()).toBe(1);
    await page.unroute('**/api/v1/fleet*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  test('on a phone a tap tells of a VM, and leads to it; fingers hit what they point at', async () => {
    const page = await open('', { viewport: PHONE, touch: true });
    await cell(page, /^shop-web/).waitFor();
    expect(await documentWidth(page)).toBe(PHONE.width);
    const { width = 0, height = 0 } = (await cell(page, /^shop-web/).boundingBox()) ?? {};
    // With the space around it 44.
    expect(Math.min(width, height)).toBeGreaterThanOrEqual(40);
    await page.locator('.overview-cell[href*="uuid="]').first().waitFor();
    await cell(page, /^shop-web/).tap();
    const details = page.getByRole('region', { name: 'shop-web' });
    await details.getByText('running').waitFor();
    // At the lower edge, over the bar, wherever the cell is.
    const box = await details.boundingBox();
    expect(box?.y).toBeGreaterThan(PHONE.height / 2);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThan(PHONE.height);
    await details.getByRole('link', { name: 'Open the VM' }).tap();
    await page.waitForURL((at) => at.searchParams.get('uuid') === uuidOf('hv-1', 'shop-web'));
  });
});

test('without any host it leads to adding one', async () => {
  const page = await open();
  await page.getByText('No host reports yet').waitFor();
  const links = page.getByRole('main').getByRole('link', { name: 'Add a host' });
  expect(await links.first().getAttribute('href')).toContain('add-host');
});

test('of 10,000 VMs those in view are drawn, every one is reached, and one that changes is one that is drawn anew', async () => {
  const names = Array.from({ length: 1000 }, (_, i) => `hv-${String(i).padStart(4, '0')}`);
  const vms = (host: string, kind: VmKind = 'running') =>
    Object.fromEntries(
      Array.from({ length: 10 }, (_, i): [string, VmKind] => [
        `${host}-vm-${i}`,
        i === 4 ? kind : 'running',
      ]),
    );
  const fleet = Object.fromEntries(
    names.map((name): [string, MadeHost] => [name, { vms: vms(name) }]),
  );
  await tick(fleet);
  const page = await open('?sort=name');
  await cell(page, /^hv-0000-vm-0,/).waitFor();
  await page.getByText('1,000 hosts, 10,000 VMs').waitFor();
  const drawn = () => page.locator('.overview-grid .overview-cell').count();
  expect(await drawn()).toBeLessThan(1000);
  // The page is as long as all of it from the beginning.
  const height = await page.evaluate<number>('document.documentElement.scrollHeight');
  expect(height).toBeGreaterThan(1000 * 20);
  await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
  await cell(page, /^hv-0999-vm-9,/).waitFor();
  expect(await drawn()).toBeLessThan(1000);
  expect(await page.evaluate('document.documentElement.scrollHeight')).toBe(height);
  // From one end to the other, one cell has the focus all the way.
  await cell(page, /^hv-0999-vm-9,/).focus();
  await page.keyboard.press('Control+Home');
  await cell(page, /^hv-0000-vm-0,/).waitFor();
  expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toMatch(
    /^hv-0000-vm-0,/,
  );
  await page.keyboard.press('Escape');
  await page.locator('.overview-cell[href*="uuid="]').first().waitFor();
  await page.evaluate(`
    window.changed = new Set();
    new MutationObserver((records) => {
      for (const { target } of records) changed.add(target.closest?.('.overview-cell') ?? target);
    }).observe(document.querySelector('.overview-grid'), {
      subtree: true, childList: true, attributes: true, characterData: true,
    });`);
  await tick({ ...fleet, 'hv-0000': { vms: vms('hv-0000', 'paused') } });
  await cell(page, /^hv-0000-vm-4, paused/).waitFor({ timeout: 10_000 });
  // The cell; its card, which has an edge now; and what the pointer or the focus shows of it.
  expect(await page.evaluate<number>('changed.size')).toBeLessThanOrEqual(3);
  // A card that goes to the top moves the others, and leaves their cells as they are.
  await page.goto(`${url}/?sort=problems`);
  await cell(page, /^hv-0001-vm-0,/).waitFor();
  await page.evaluate(`
    window.cells = new Set();
    new MutationObserver((records) => {
      for (const { target } of records)
        if (target.matches?.('.overview-cell')) cells.add(target);
    }).observe(document.querySelector('.overview-grid'), { subtree: true, attributes: true });`);
  await tick({ ...fleet, 'hv-0001': { vms: vms('hv-0001', 'crashed') } });
  await cell(page, /^hv-0001-vm-4, crashed/).waitFor({ timeout: 10_000 });
  expect(await page.evaluate<number>('cells.size')).toBeLessThanOrEqual(4);
}, 60_000);
