import { describe, expect, test } from 'vitest';
import type { PushMessage } from '../../../core/answers/push.ts';
import {
  abilityOf,
  type BrowserFacts,
  browserName,
  keyBytes,
} from '../../../dashboard/push/ability.ts';
import { shownOf, urlOfClick } from '../../../dashboard/push/shown.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 3);
const GOOD: BrowserFacts = {
  isSecure: true,
  hasWorkers: true,
  hasPush: true,
  hasNotifications: true,
  permission: 'default',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  touchPoints: 0,
  isInstalled: false,
};
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Safari/604.1';
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15';

test.each<[string, Partial<BrowserFacts>, string]>([
  ['a browser that has all', {}, 'ready'],
  ['one that was allowed before', { permission: 'granted' }, 'ready'],
  ['one that was told no', { permission: 'denied' }, 'blocked'],
  ['a page without TLS', { isSecure: false, hasWorkers: false, hasPush: false }, 'insecure'],
  ['one without push', { hasPush: false }, 'unsupported'],
  ['Safari of an iPhone', { hasPush: false, userAgent: IPHONE }, 'install'],
  ['of an iPad', { hasPush: false, userAgent: MAC, touchPoints: 5 }, 'install'],
  ['of a Mac without push', { hasPush: false, userAgent: MAC }, 'unsupported'],
  [
    'an old iPhone’s web app',
    { hasPush: false, userAgent: IPHONE, isInstalled: true },
    'unsupported',
  ],
  ['an iPhone’s web app', { userAgent: IPHONE, isInstalled: true }, 'ready'],
])('%s', (_what, facts, ability) => {
  expect(abilityOf({ ...GOOD, ...facts })).toBe(ability);
});

test.each([
  [GOOD.userAgent, 'Firefox on Linux'],
  [IPHONE, 'Safari on iPhone'],
  ['Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge on Windows'],
  ['Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36', 'Chrome on Android'],
  ['Mozilla/5.0 (Macintosh) Chrome/140.0 Safari/537.36', 'Chrome on macOS'],
  ['curl/8', 'Browser'],
])('%s is %s', (agent, name) => {
  expect(browserName(agent)).toBe(name);
});

test('a key is read as browsers want it', () => {
  const bytes = Uint8Array.from({ length: 65 }, (_, i) => 255 - i);
  expect([...keyBytes(Buffer.from(bytes).toString('base64url'))]).toEqual([...bytes]);
});

describe('what is shown', () => {
  const message: PushMessage = {
    version: 1,
    title: 'VM db on web-1 crashed',
    body: 'db on web-1',
    url: 'alerts#/alerts?filter=%7Bvm%3D%22db%22%7D',
    tag: 'abc',
    severity: 'critical',
    isResolved: false,
    language: 'en',
    atMs: NOW_MS,
  };

  test('what is critical rings and stays; it can be acted on', () => {
    const { title, options } = shownOf(message, 'en', NOW_MS);
    expect(title).toBe(message.title);
    expect(options).toMatchObject({ tag: 'abc', renotify: true, requireInteraction: true });
    expect(options.actions.map(({ action }) => action)).toEqual(['acknowledge', 'silence']);
  });

  test('what ended takes its place in silence', () => {
    const { options } = shownOf({ ...message, isResolved: true }, 'en', NOW_MS);
    expect(options).toMatchObject({ tag: 'abc', silent: true, renotify: false, actions: [] });
  });

  test('a test can’t be silenced', () => {
    expect(shownOf({ ...message, tag: 'test' }, 'en', NOW_MS).options.actions).toEqual([]);
  });

  test('buttons are in the language of the message', () => {
    const { options } = shownOf({ ...message, language: 'zh-CN' }, 'en', NOW_MS);
    expect(options.actions.map(({ title }) => title)).toEqual(['确认', '静默']);
  });

  test.each(['en', 'zh-CN'] as const)('what can’t be read has words, in %s', (language) => {
    for (const what of [undefined, 'renew'] as const)
      expect(shownOf(what, language, NOW_MS).options.body).not.toBe('');
  });

  test('"Silence" leads to a silence of the same alerts', () => {
    const { data } = shownOf(message, 'en', NOW_MS).options;
    expect(urlOfClick(data, '')).toBe(message.url);
    expect(urlOfClick(data, 'acknowledge')).toBe(message.url);
    expect(urlOfClick(data, 'silence')).toBe('alerts#/silences/new?filter=%7Bvm%3D%22db%22%7D');
    expect(urlOfClick(undefined, 'silence')).toBe('alerts');
  });

  test('of one alert, its buttons lead to it, where a person is asked', () => {
    const { data } = shownOf({ ...message, alert: 'c0ffee' }, 'en', NOW_MS).options;
    expect(urlOfClick(data, '')).toBe(message.url);
    for (const act of ['acknowledge', 'silence'])
      expect(urlOfClick(data, act)).toBe(`alerts?alert=c0ffee&do=${act}`);
  });
});
