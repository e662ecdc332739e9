import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { PAGE_NAMES } from '../../core/answers/page-names.ts';
import { failureOf } from '../../dashboard/api/failure.ts';
import { hrefTo, pageAt } from '../../dashboard/app/router.ts';
import { chooseLanguage, messages, plural, t } from '../../dashboard/i18n/language.ts';
import { sortRows } from '../../dashboard/ui/sort-rows.ts';

describe('the address of a page', () => {
  test('works below whatever address Hypervigil has', () => {
    for (const base of ['https://hv.example.com/', 'https://example.com/tools/monitor/'])
      for (const page of PAGE_NAMES)
        for (const from of ['', 'alerts', 'vm?uuid=1']) {
          const url = new URL(hrefTo(page), `${base}${from}`);
          expect(url.href.startsWith(base)).toBe(true);
          expect(pageAt(url.pathname)).toBe(page);
        }
  });

  test('carries what it is asked, whatever that is', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const url = new URL(hrefTo('host', { name: value, gone: undefined }), 'https://x.example/');
        expect([...url.searchParams]).toEqual([['name', value.toWellFormed()]]);
      }),
    );
  });

  test('is none elsewhere', () => {
    for (const path of ['/alerts/x', '/overview', '/nothing', '/index.html'])
      expect(pageAt(path)).toBeUndefined();
  });
});

describe('why the API refused', () => {
  test.each([
    ['{"status":"error","errorType":"bad_data","error":"no }"}', 'no }', 'bad_data'],
    ['"silence not found"', 'silence not found', ''],
    ['{"code":"too_large","message":"10 bytes"}', '10 bytes', 'too_large'],
    ['{"code":601,"message":"bad matcher"}', 'bad matcher', ''],
    ['<html>', '<html>', ''],
    ['', 'HTTP 502', ''],
  ])('%s', (body, message, code) => {
    expect(failureOf(502, body, null)).toMatchObject({ message, code, status: 502 });
  });

  test('says when to come again', () => {
    expect(failureOf(503, '', '7').retryAfterMs).toBe(7000);
    expect(failureOf(503, '', 'Fri, 01 Jan 2027 00:00:00 GMT').retryAfterMs).toBeUndefined();
  });
});

describe('a text', () => {
  afterEach(() => chooseLanguage('en'));
  const TEXTS = messages({
    firing: { en: 'Firing', zh: '告警中' },
    hosts: {
      en: (count: number) => plural(count, 'host'),
      zh: (count: number) => `${count} 台主机`,
    },
  });

  test('is in the language that is chosen', () => {
    expect([t(TEXTS.firing), t(TEXTS.hosts, 1), t(TEXTS.hosts, 1200)]).toEqual([
      'Firing',
      '1 host',
      '1,200 hosts',
    ]);
    chooseLanguage('zh-CN');
    expect([t(TEXTS.firing), t(TEXTS.hosts, 3)]).toEqual(['告警中', '3 台主机']);
  });
});

describe('sorted rows', () => {
  const rows = [{ name: 'vm-10', load: 3 }, { name: 'vm-9' }, { name: 'vm-2', load: 7 }];

  test('have numbers in names in their order', () => {
    expect(sortRows(rows, ({ name }) => name, false).map(({ name }) => name)).toEqual([
      'vm-2',
      'vm-9',
      'vm-10',
    ]);
  });

  test.each([false, true])('have those without a value last, descending: %s', (descending) => {
    const sorted = sortRows(rows, ({ load }) => load, descending);
    expect(sorted.at(-1)?.name).toBe('vm-9');
  });
});
