import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeState } from '../../core/alerting/state-encoding.ts';
import { FIRST_STATE } from '../../core/alerting/tick-state.ts';
import { fingerprint } from '../../core/alertmanager/fingerprint.ts';
import { shortLink } from '../../core/delivery/short-link.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { createDeliveryStore } from '../../functions/store/deliveries.ts';
import { createStateStore } from '../../functions/store/state.ts';
import { delivery, putPast } from '../api/explain-fixture.ts';
import {
  DESKTOP,
  documentWidth,
  launchBrowser,
  NARROW,
  PHONE,
  settled,
  type Visit,
  visit,
} from './open-page.ts';
import { type Site, startSite } from './site.ts';

const BUSY = { alertname: 'HostCpuBusy', host: 'web-1', severity: 'critical' };
const BUSY_ID = fingerprint(BUSY);

let browser: Browser;
let site: Site;
let seen: Visit;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  site = await startSite();
});
afterEach(async () => {
  await seen.close();
  await site.close();
  expect(seen.complaints).toEqual([]);
  expect(seen.strangers).toEqual([]);
});

async function open(
  path: string,
  { token = site.token, viewport = DESKTOP, touch = false } = {},
): Promise<Page> {
  seen = await visit(browser, { url: site.url, token, viewport, touch });
  await seen.open(path);
  return seen.page;
}

function alert(page: Page, name: string) {
  return page.getByRole('article', { name });
}

/** Hosts whose CPU is busy, and nothing else. */
async function putAlerts(hosts: readonly string[]): Promise<void> {
  const busy = hosts.map((host) => ({
    ...{ labels: labelsFrom({ ...BUSY, host }), annotations: {}, state: 'firing' as const },
    ...{ value: 95, activeAtMs: site.nowMs - 60_000, firedAtMs: site.nowMs },
  }));
  const alerts = { 'pages.rules.yaml;pages;HostCpuBusy;0': busy };
  const state = { ...FIRST_STATE, lastTickMs: site.nowMs, alerts };
  const store = createStateStore(site.table);
  expect(await store.replace(await store.read(), encodeState(state))).toBe(true);
}

/** Whoever has no session says once who they are. */
async function sayName(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Who are you?' });
  await dialog.getByLabel('Your name').fill('Anna');
  await page.keyboard.press('Enter');
}

describe('the alerts', () => {
  test('are told apart: firing, muted, without data, pending; each with its value and its group', async () => {
    const page = await open('alerts');
    const busy = alert(page, 'HostCpuBusy: web-1');
    await busy.waitFor();
    expect(await page.getByRole('article').count()).toBe(3);
    expect(await busy.textContent()).toContain('value 94.2 %');
    await page.getByRole('tab', { name: 'No data 1' }).click();
    await alert(page, 'VmDiskFilling: shop-database on hv-2').getByText('no data since').waitFor();
    await page.getByText('last value').waitFor();
    await page.getByRole('tab', { name: 'Muted 1' }).click();
    await alert(page, 'VmDiskFilling: mail on hv-1').getByText('muted by another').waitFor();
    await page.getByRole('tab', { name: 'Pending 1' }).click();
    await alert(page, 'HostCpuBusy: db-1').waitFor();
    await page.getByRole('button', { name: 'More: HostCpuBusy: db-1' }).click();
    await page.getByText('Told to people').waitFor();
    await page.reload();
    await alert(page, 'HostCpuBusy: db-1').waitFor();
  });

  test('one is acknowledged by somebody with a name, who is asked once, and taken back', async () => {
    const page = await open('alerts');
    await page.getByRole('button', { name: 'Acknowledge: HostDown: hv-1' }).click();
    await sayName(page);
    await alert(page, 'HostDown: hv-1').getByText('acknowledged by Anna').waitFor();
    await page.getByRole('button', { name: 'Acknowledge: HostCpuBusy: web-1' }).click();
    const withdraw = page.getByRole('button', {
      name: 'Withdraw acknowledgement: HostCpuBusy: web-1',
    });
    await withdraw.click();
    await page.getByRole('button', { name: 'Acknowledge: HostCpuBusy: web-1' }).waitFor();
    expect(await page.getByText('acknowledged by Anna').count()).toBe(1);
  });

  test('one is silenced with conditions that can be changed, and fires again when that is ended', async () => {
    const page = await open('alerts');
    await page.getByRole('button', { name: 'Silence: HostCpuBusy: web-1' }).click();
    const dialog = page.getByRole('dialog', { name: 'New silence' });
    await dialog.getByText('Fits 1 alert firing').waitFor();
    await dialog.getByRole('button', { name: 'Remove host="web-1"' }).click();
    await dialog.getByText('Fits 2 alerts firing').waitFor();
    await dialog.getByLabel('Another condition').fill('host=~"web.*"');
    await page.keyboard.press('Enter');
    await dialog.getByText('Fits 1 alert firing').waitFor();
    await dialog.getByLabel('Your name').fill('Anna');
    await dialog.getByRole('radio', { name: '4 hours' }).check();
    await dialog.getByRole('button', { name: 'Silence', exact: true }).click();
    await page.getByRole('tab', { name: 'Muted 2' }).click();
    await alert(page, 'HostCpuBusy: web-1').getByText('silenced', { exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Silences 1' }).click();
    await page.getByText('by Anna').waitFor();
    await page.getByRole('button', { name: /^End now: alertname="HostCpuBusy"/ }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'End now' }).click();
    await page.getByText('No silence holds.').waitFor();
    await page.getByRole('tab', { name: 'Firing 3' }).click();
    await alert(page, 'HostCpuBusy: web-1').waitFor();
    await page.getByRole('tab', { name: 'Silences 0' }).click();
    await page.getByText('Also those that are over').click();
    await page.getByRole('button', { name: /^Silence again/ }).waitFor();
  });

  test('a silence is changed and extended: its end moves, it stays the same', async () => {
    const page = await open('alerts');
    await page.getByRole('button', { name: 'Silence: HostDown: hv-1' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Your name').fill('Anna');
    await form.getByRole('button', { name: 'Silence', exact: true }).click();
    await page.getByRole('tab', { name: 'Silences 1' }).click();
    await page.getByRole('button', { name: /^Extend: / }).click();
    await page.getByRole('menuitem', { name: 'By 4 hours' }).click();
    await page.getByText('The silence now ends').waitFor();
    await page.getByRole('button', { name: /^Edit: / }).click();
    await form.getByLabel('Why').fill('new power supply');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('new power supply').waitFor();
    expect(await page.getByRole('article').count()).toBe(1);
    const hours = async () => {
      const reply = await fetch(`${site.url}/api/v2/silences`, {
        headers: { authorization: `Bearer ${site.token}` },
      });
      const all = (await reply.json()) as { startsAt: string; endsAt: string }[];
      return all.map(({ startsAt, endsAt }) => (Date.parse(endsAt) - Date.parse(startsAt)) / 3.6e6);
    };
    expect((await hours()).map(Math.round)).toEqual([5]);
  });

  test('a group of several is acknowledged at once', async () => {
    await putAlerts(['web-1', 'web-2', 'db-1']);
    const page = await open('alerts');
    await page.getByRole('button', { name: /^Acknowledge all 3/ }).click();
    await sayName(page);
    await page.getByText('acknowledged by Anna').nth(2).waitFor();
    await page.getByRole('button', { name: /^Silence all/ }).click();
    const dialog = page.getByRole('dialog', { name: 'New silence' });
    await dialog.getByText('Fits 3 alerts firing').waitFor();
    await dialog.getByRole('button', { name: 'Remove alertname="HostCpuBusy"' }).waitFor();
    expect(await dialog.getByRole('button', { name: /^Remove / }).count()).toBe(1);
  });

  test("a link as Alertmanager's messages have it opens a new silence", async () => {
    const filter = encodeURIComponent('{alertname="HostDown",host="hv-1"}');
    const page = await open(`#/silences/new?filter=${filter}`);
    const dialog = page.getByRole('dialog', { name: 'New silence' });
    await dialog.getByLabel('Your name').fill('Anna');
    await dialog.getByLabel('Why').fill('new power supply');
    await dialog.getByRole('button', { name: 'Silence', exact: true }).click();
    await page.getByRole('tab', { name: 'Silences 1' }).click();
    await page.getByText('new power supply').waitFor();
    await page.getByRole('tab', { name: /Muted/ }).click();
    await alert(page, 'HostDown: hv-1').waitFor();
  });

  test('are filtered by matchers or a word, in the address', async () => {
    const page = await open(`alerts?filter=${encodeURIComponent('{severity="critical"}')}`);
    await page.getByRole('tab', { name: 'Firing 2' }).waitFor();
    expect(await page.getByRole('article').count()).toBe(2);
    await page.getByLabel('Filter').fill('shop');
    await page.getByRole('tab', { name: 'Firing 1' }).waitFor();
    await alert(page, 'VmDiskFilling: shop-database on hv-2').waitFor();
    expect(new URL(page.url()).searchParams.get('filter')).toBe('shop');
    await page.getByLabel('Filter').fill('nothing such');
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.getByRole('tab', { name: 'Firing 3' }).waitFor();
  });
});

describe('one alert, as a message links to it', () => {
  test('on a phone: it is seen first, with two large buttons that a thumb reaches', async () => {
    const page = await open(`alerts?alert=${BUSY_ID}`, { viewport: PHONE, touch: true });
    await page.getByRole('heading', { level: 1, name: 'HostCpuBusy: web-1' }).waitFor();
    const silence = page.getByRole('button', { name: 'Silence', exact: true });
    for (const button of [
      page.getByRole('button', { name: 'Acknowledge', exact: true }),
      silence,
    ]) {
      const box = await button.boundingBox();
      expect(box?.height).toBeGreaterThanOrEqual(48);
      expect(box?.width).toBeGreaterThanOrEqual(140);
      expect((box?.y ?? PHONE.height) + (box?.height ?? 0)).toBeLessThan(PHONE.height / 2 + 60);
    }
    await page.getByRole('button', { name: 'Acknowledge', exact: true }).tap();
    await sayName(page);
    await page.getByText('acknowledged by Anna').first().waitFor();
    await silence.tap();
    const dialog = page.getByRole('dialog', { name: 'New silence' });
    await dialog.getByRole('button', { name: 'Silence', exact: true }).tap();
    await page.getByText('Nobody is told: it is silenced.').waitFor();
    await page.getByText('silenced', { exact: true }).waitFor();
  });

  test('a notification’s button leads to a question: nothing is done that nobody agreed to', async () => {
    const page = await open(`alerts?alert=${BUSY_ID}&do=acknowledge`, { viewport: PHONE });
    const question = page.getByRole('alertdialog', { name: 'Acknowledge: HostCpuBusy: web-1' });
    await question.getByRole('button', { name: 'Cancel' }).click();
    expect(new URL(page.url()).search).toBe(`?alert=${BUSY_ID}`);
    expect(await page.getByText('acknowledged by').count()).toBe(0);
    await page.goto('about:blank');
    await seen.open(`alerts?alert=${BUSY_ID}&do=acknowledge`);
    await question.getByRole('button', { name: 'Acknowledge', exact: true }).click();
    await sayName(page);
    await page.getByText('acknowledged by Anna').first().waitFor();
    await page.goto('about:blank');
    // Somebody is at it already.
    await seen.open(`alerts?alert=${BUSY_ID}&do=acknowledge`);
    await page.waitForURL((url) => !url.searchParams.has('do'));
    await page.getByText('acknowledged by Anna').first().waitFor();
    expect(await question.count()).toBe(0);
  });

  test('a notification’s button leads to a silence to be made', async () => {
    const page = await open(`alerts?alert=${BUSY_ID}&do=silence`);
    await page.getByRole('dialog', { name: 'New silence' }).waitFor();
  });

  test('is opened by a link that chooses it alone; of several the list is shown', async () => {
    const link = (filter: string) => `alerts#/alerts?filter=${encodeURIComponent(filter)}`;
    const page = await open(link('{alertname="HostCpuBusy",host="web-1"}'), { viewport: PHONE });
    await page.getByRole('button', { name: 'Acknowledge', exact: true }).waitFor();
    expect(new URL(page.url()).search).toBe(`?alert=${BUSY_ID}`);
    await page.goto('about:blank');
    await seen.open(link('{severity="critical"}'));
    await page.getByRole('tab', { name: 'Firing 2' }).waitFor();
    expect(new URL(page.url()).searchParams.get('filter')).toBe('severity="critical"');
  });

  test('is opened by the short address of an SMS, on a phone; of several, their group is shown', async () => {
    const short = (alerts: readonly { readonly fingerprint: string }[]) =>
      shortLink(alerts, 'https://pages.example')?.slice('https://pages.example/'.length) ?? '';
    const page = await open(short([{ fingerprint: BUSY_ID }]), { viewport: PHONE, touch: true });
    await page.getByRole('heading', { level: 1, name: 'HostCpuBusy: web-1' }).waitFor();
    expect(new URL(page.url()).search).toBe(`?alert=${BUSY_ID}`);
    await page.getByRole('button', { name: 'Acknowledge', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Silence', exact: true }).waitFor();
    await putAlerts(['web-1', 'web-2']);
    await seen.open(short([{ fingerprint: BUSY_ID }, { fingerprint: BUSY_ID }]));
    await page.getByRole('tab', { name: 'Firing 2' }).waitFor();
    await page.getByRole('button', { name: /^Acknowledge all 2/ }).waitFor();
    expect(new URL(page.url()).searchParams.get('with')).toBeNull();
    await seen.open('a');
    await page.getByRole('tab', { name: 'Firing 2' }).waitFor();
  });

  test('is explained: what happened, the samples with their threshold, the route, each message', async () => {
    const firedAtMs = site.nowMs - 26 * MINUTE_MS;
    await createDeliveryStore(site.table).record(
      delivery(
        [BUSY],
        { atMs: firedAtMs + 1000, result: 'failed', reason: 'the topic is gone' },
        { id: `${firedAtMs}-1`, receiver: 'people', atMs: firedAtMs },
      ),
    );
    const page = await open(`alerts?alert=${BUSY_ID}`);
    const story = page.getByRole('region', { name: 'What happened' });
    await story.getByText('From here on: host_cpu_usage_percent above 90 %').waitFor();
    await story.getByText('It fires: that has lasted 5 min.').waitFor();
    await story.getByText('people could not be told by').waitFor();
    await page.getByRole('slider', { name: /^avg_over_time/ }).waitFor();
    const rule = page.getByRole('region', { name: 'What the rule saw' });
    await rule.getByText('avg_over_time(host_cpu_usage_percent[5m]) > 90').waitFor();
    await rule.getByText('web-1').first().waitFor();
    const way = page.getByRole('region', { name: 'Who is told' });
    await way.getByText('takes it').waitFor();
    const messages = page.getByRole('table', { name: 'Messages sent' });
    await messages.getByText('the topic is gone').waitFor();
  });

  test('that is none any more says so, and how to go on', async () => {
    const page = await open('alerts?alert=0123456789abcdef');
    await page.getByText('There is no such alert').waitFor();
    await page.getByRole('link', { name: 'All alerts' }).click();
    await alert(page, 'HostDown: hv-1').waitFor();
  });

  test('who may only look is told why not, and changes nothing', async () => {
    const token = await addApiToken(site.table, 'looks', site.nowMs, { role: 'viewer' });
    const page = await open(`alerts?alert=${BUSY_ID}`, { token });
    await page.locator('p').filter({ hasText: 'Your role is viewer' }).waitFor();
    const acknowledge = page.getByRole('button', { name: 'Acknowledge', exact: true });
    expect(await acknowledge.getAttribute('aria-disabled')).toBe('true');
    await acknowledge.click({ force: true });
    expect(await page.getByRole('dialog').count()).toBe(0);
  });
});

describe('the history', () => {
  beforeEach(async () => {
    const past = [100, 80, 60, 40].map((min) => ({
      ...{ labels: BUSY, activeMin: min, firedMin: min - 5, endedMin: min - 8 },
    }));
    const down = { alertname: 'HostDown', host: 'hv-9', severity: 'critical' };
    const long = { labels: down, activeMin: 90, firedMin: 90, endedMin: 10 };
    await putPast(site, [...past, long], site.nowMs);
  });

  test('counts for each rule; noisy ones stand out; a past alert is explained', async () => {
    const page = await open('alerts?view=history');
    const rules = page.getByRole('table', { name: 'Rules, the noisiest first' });
    const first = rules.locator('tbody tr').first();
    await first.getByText('HostCpuBusy').waitFor();
    await first.getByText('flapping').waitFor();
    await first.getByText('short-lived').waitFor();
    await first.getByRole('button', { name: 'HostCpuBusy' }).click();
    await page.getByRole('button', { name: 'Only HostCpuBusy' }).waitFor();
    const past = page.getByRole('table', { name: 'Past alerts' });
    const links = past.getByRole('link', { name: 'HostCpuBusy: web-1' });
    await links.nth(3).waitFor();
    expect(await past.locator('tbody tr').count()).toBe(4);
    await links.last().click();
    await page.getByText('It is over.').waitFor();
    await page.getByText('Times are known to the minute').waitFor();
  });
});

test.each(['alerts', `alerts?alert=${BUSY_ID}`, 'alerts?view=history', 'alerts?view=silences'])(
  '%s fits a narrow phone',
  async (path) => {
    const page = await open(path, { viewport: NARROW, touch: true });
    await settled(page);
    expect(await documentWidth(page)).toBe(NARROW.width);
  },
);
