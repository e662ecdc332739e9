import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Autopush, startAutopush } from '../push/autopush.ts';
import { type Firefox, type FirefoxPage, launchFirefox } from './firefox.ts';
import { startToldSite, type ToldSite } from './told-site.ts';

/**
 * An alert on its way to a screen, with a real browser's push: Firefox subscribes at a push service as at Mozilla's,
 * whose place a local one takes. Firefox itself makes the keys, decrypts, wakes the service worker while no page of the
 * site is open, and shows the notification.
 */

let firefox: Firefox;
let site: ToldSite;
let autopush: Autopush;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  site = await startToldSite();
  ends.unshift(site.close);
  autopush = await startAutopush(site.push);
  ends.unshift(autopush.close);
  firefox = await launchFirefox({
    'dom.push.serverURL': autopush.url,
    'dom.push.testing.allowInsecureServerURL': true,
    // A person says yes.
    'permissions.default.desktop-notification': 1,
    // Firefox' own boxes: a machine of tests has no desktop that would take them.
    'alerts.useSystemBackend': false,
  });
  ends.unshift(firefox.close);
  await firefox.beforeScripts(
    `() => { if (location.origin === ${JSON.stringify(site.url)}) sessionStorage.setItem('hypervigil.token', ${JSON.stringify(site.tokens.admin)}); }`,
  );
});
afterAll(async () => {
  for (const end of ends) await end();
});

/** Once the page has it: seen by a person, not only somewhere in the document. */
function textOf(page: FirefoxPage, words: string): Promise<string> {
  return until(page, `document.body.innerText.includes(${JSON.stringify(words)})`);
}

/** Until an expression, or its promise, holds. */
function until(page: FirefoxPage, condition: string): Promise<string> {
  return page.evaluate(`(async () => {
    while (!(await (${condition}))) await new Promise((done) => setTimeout(done, 50));
    return 'yes';
  })()`);
}

async function press(page: FirefoxPage, name: string): Promise<void> {
  const button = `[...document.querySelectorAll('button')].find((one) => one.textContent.trim() === ${JSON.stringify(name)})`;
  await until(page, `${button} !== undefined`);
  await page.evaluate(`(${button}.click(), 'pressed')`);
}

interface Shown {
  readonly title: string;
  readonly body: string;
  readonly url: string;
}

/** The notifications that Firefox is showing of this site, once there is one: its worker may still be at it. */
async function shown(page: FirefoxPage): Promise<readonly Shown[]> {
  const asked = `navigator.serviceWorker.ready.then((registration) => registration.getNotifications())`;
  await until(page, `${asked}.then((all) => all.length > 0)`);
  const text = await page.evaluate(
    `${asked}.then((all) => JSON.stringify(all.map(({ title, body, data }) => ({ title, body, url: data.url }))))`,
  );
  return JSON.parse(text);
}

test('Firefox is subscribed, is told of an alert while no page is open, and shows it', async () => {
  const page = await firefox.newPage();
  await page.open(`${site.url}/subscriptions`);
  await press(page, 'Subscribe this browser');
  await textOf(page, 'This browser is subscribed.');
  await textOf(page, 'Firefox on Linux');
  await page.close();

  const key = await site.enrol(await site.enrolmentToken(), 'hv-1');
  await site.post(key, 'hv-1', 9, []);
  await site.tick();
  expect(await autopush.nextAcknowledgement()).toMatchObject({ code: 100 });

  const later = await firefox.newPage();
  await later.open(`${site.url}/subscriptions`);
  expect(await shown(later)).toEqual([
    {
      title: 'hv-1 is busy',
      body: expect.stringContaining('HostBusy'),
      url: expect.stringMatching(/^alerts/),
    },
  ]);

  await press(later, 'Unsubscribe');
  await textOf(later, 'This browser hears of nothing any more.');
  const left = `navigator.serviceWorker.ready.then(({ pushManager }) => pushManager.getSubscription())`;
  expect(await later.evaluate(`${left}.then(String)`)).toBe('null');
});
