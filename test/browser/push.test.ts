import type { Browser, BrowserContext, CDPSession, Worker } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { PushMessage } from '../../core/answers/push.ts';
import { launchBrowser, settled, type Visit, visit } from './open-page.ts';
import { startToldSite, type ToldSite } from './told-site.ts';

/**
 * The whole way of an alert to a screen: subscribed on the page, told by the evaluator, taken by a push service that
 * checks who sends it and decrypts it as the browser would, shown by the service worker while no page is open. Only the
 * vendors' servers are stood in for: what a browser's `subscribe` would get from them, and what they would push to it.
 */

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

/** What the browser's push service gives a page that subscribes; `undefined`: there is none. */
async function standIn(context: BrowserContext, device: object | undefined): Promise<void> {
  const content = `{
    const made = ${JSON.stringify(device ?? null)};
    const kept = 'test.push';
    const subscription = (key) => ({
      endpoint: made.endpoint,
      options: { userVisibleOnly: true, applicationServerKey: key },
      toJSON: () => ({ endpoint: made.endpoint, keys: made.keys }),
      unsubscribe: async () => { localStorage.removeItem(kept); return true; },
    });
    const known = () => {
      const text = localStorage.getItem(kept);
      return text === null ? null : subscription(new Uint8Array(JSON.parse(text)).buffer);
    };
    PushManager.prototype.getSubscription = async () => known();
    PushManager.prototype.subscribe = async ({ applicationServerKey: key }) => {
      if (made === null) throw new DOMException('Registration failed', 'AbortError');
      localStorage.setItem(kept, JSON.stringify([...key]));
      return known();
    };
  }`;
  await context.addInitScript({ content });
}

async function open(device: object | undefined, mayNotify = true) {
  seen = await visit(browser, { url: site.url, token: site.tokens.viewer });
  await standIn(seen.context, device);
  if (mayNotify) await seen.context.grantPermissions(['notifications'], { origin: site.url });
  await seen.open('subscriptions');
  await settled(seen.page);
  return seen.page;
}

interface Shown {
  readonly title: string;
  readonly body: string;
  readonly tag: string;
  readonly actions: readonly { readonly action: string; readonly title: string }[];
}

const shownBy = (worker: Worker): Promise<readonly Shown[]> =>
  worker.evaluate(
    'self.registration.getNotifications().then((all) => all.map(({ title, body, tag, actions }) => ({ title, body, tag, actions: [...actions] })))',
  );

/** Until the worker shows what is asked for. */
async function shown(worker: Worker, isIt: (all: readonly Shown[]) => boolean) {
  for (;;) {
    const all = await shownBy(worker);
    if (isIt(all)) return all;
    await new Promise((done) => {
      setTimeout(done, 50);
    });
  }
}

/** Pushes to the site's worker as the browser does with what its push service sent. */
async function pusher(context: BrowserContext): Promise<(text: string) => Promise<void>> {
  // A page of nobody: those of the site are closed.
  const blank = await context.newPage();
  const session: CDPSession = await context.newCDPSession(blank);
  const { promise, resolve } = Promise.withResolvers<string>();
  session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    const [own] = registrations.filter(({ scopeURL }) => scopeURL.startsWith(site.url));
    if (own !== undefined) resolve(own.registrationId);
  });
  await session.send('ServiceWorker.enable');
  const registrationId = await promise;
  return async (data) => {
    await session.send('ServiceWorker.deliverPushMessage', {
      origin: site.url,
      registrationId,
      data,
    });
  };
}

test('an alert is shown while no page is open, its end takes its place, and a click closes it', async () => {
  const device = site.push.addDevice('night');
  const page = await open(device);
  await page.getByRole('button', { name: 'Subscribe this browser' }).click();
  await page.getByText('This browser is subscribed.').waitFor();
  await page.getByRole('row', { name: /this one/ }).waitFor();
  const [worker = await seen.context.waitForEvent('serviceworker')] = seen.context.serviceWorkers();
  const push = await pusher(seen.context);
  await page.close();

  const token = await site.enrolmentToken();
  const key = await site.enrol(token, 'hv-1');
  await site.post(key, 'hv-1', 9, []);
  await site.tick();
  const taken = site.push.messages.filter(({ device: name }) => name === 'night');
  expect(taken).toHaveLength(1);
  const text = taken[0]?.text ?? '';
  const message: PushMessage = JSON.parse(text);
  expect(message).toMatchObject({
    title: 'hv-1 is busy',
    severity: 'critical',
    alert: expect.stringMatching(/^[0-9a-f]{16}$/),
  });

  await push(text);
  const [notification] = await shown(worker, (all) => all.length === 1);
  expect(notification).toMatchObject({
    title: 'hv-1 is busy',
    body: expect.stringContaining('HostBusy'),
    tag: message.tag,
    actions: [
      { action: 'acknowledge', title: 'Acknowledge' },
      { action: 'silence', title: 'Silence' },
    ],
  });
  // The same again, as after a retry: there is one still.
  await push(text);
  expect(await shown(worker, (all) => all.length > 0)).toHaveLength(1);
  const resolved = { ...message, isResolved: true, title: 'Resolved: hv-1 is busy' };
  await push(JSON.stringify(resolved));
  const after = await shown(worker, ([one]) => one?.title === resolved.title);
  expect(after).toHaveLength(1);
  expect(after[0]?.actions).toEqual([]);
  // Even what can't be read is shown: a browser that shows nothing loses its right to be pushed to.
  await push('not JSON');
  await shown(worker, (all) => all.some(({ title }) => title === 'Hypervigil has news'));

  // A made click may open no window, so where it leads is tested with the words of the notification.
  await worker.evaluate(`self.registration.getNotifications({ tag: ${JSON.stringify(message.tag)} })
    .then(([notification]) => self.dispatchEvent(new NotificationEvent('notificationclick', { notification, action: '' })))`);
  await shown(worker, (all) => all.every(({ tag }) => tag !== message.tag));
});

test('what it hears of is changed, a test is sent, and it is unsubscribed on both sides', async () => {
  const page = await open(site.push.addDevice('day'));
  await page.getByRole('button', { name: 'Subscribe this browser' }).click();
  await page.getByText('This browser is subscribed.').waitFor();
  await page.getByRole('checkbox', { name: /warning/ }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  const row = page.getByRole('row', { name: /this one/ });
  await row.getByText('warning', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('A test is on its way.').waitFor();
  const taken = site.push.messages.filter(({ device }) => device === 'day');
  expect(JSON.parse(taken[0]?.text ?? '')).toMatchObject({ title: 'Test message' });
  await page.getByRole('button', { name: 'Unsubscribe' }).click();
  await page.getByText('This browser hears of nothing any more.').waitFor();
  await row.waitFor({ state: 'detached' });
  expect(await page.evaluate('localStorage.getItem("test.push")')).toBeNull();
});

test('a browser the deployment knows nothing of any more is told so', async () => {
  const page = await open(site.push.addDevice('lost'));
  await page.getByRole('button', { name: 'Subscribe this browser' }).click();
  await page.getByText('This browser is subscribed.').waitFor();
  const row = page.getByRole('row', { name: /this one/ });
  await row.getByRole('button', { name: /^Remove/ }).click();
  const question = page.getByRole('alertdialog');
  await question.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByText('the deployment knows nothing of it any more').waitFor();
});

test('why it can’t be subscribed is said: no push service', async () => {
  const page = await open(undefined);
  await page.getByRole('button', { name: 'Subscribe this browser' }).click();
  await page.getByText('The browser’s push service did not take part').waitFor();
});

test.each([
  ['blocked', "Notification.requestPermission = async () => 'denied'", 'are blocked'],
  ['no answer', "Notification.requestPermission = async () => 'default'", 'got no answer'],
])('why it can’t be subscribed is said: %s', async (_why, content, words) => {
  seen = await visit(browser, { url: site.url, token: site.tokens.viewer });
  await seen.context.addInitScript({ content });
  await seen.open('subscriptions');
  await settled(seen.page);
  await seen.page.getByRole('button', { name: 'Subscribe this browser' }).click();
  await seen.page.getByText(words).waitFor();
});

test.each([
  ['an iPhone’s Safari', 'delete globalThis.PushManager', 'Add to Home Screen'],
  ['an old browser', 'delete globalThis.Notification', 'can’t be notified'],
])('where it is not offered, what to do is said: %s', async (what, gone, words) => {
  seen = await visit(browser, { url: site.url, token: site.tokens.viewer });
  const agent = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Safari/604.1';
  const named = `Object.defineProperty(navigator, 'userAgent', { value: ${JSON.stringify(agent)} })`;
  await seen.context.addInitScript({ content: `${gone};${/iPhone/.test(what) ? named : ''}` });
  await seen.open('subscriptions');
  await settled(seen.page);
  await seen.page.getByText(words).waitFor();
  const button = seen.page.getByRole('button', { name: 'Subscribe this browser' });
  expect(await button.count()).toBe(0);
});
