import { describe, expect, test } from 'vitest';
import { checkedUrl, mayRedirect, redirectedLookup } from '../../functions/notify/egress.ts';

/** Who may write a webhook's address, or answers at one, must not reach what only this machine may. */

test.each([
  'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
  'http://2852039166/',
  'http://0xa9.0xfe.0xa9.0xfe/',
  'http://0251.0376.0251.0376/',
  'http://169.254.43518/',
  'http://[::ffff:169.254.169.254]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[64:ff9b::169.254.169.254]/',
  'http://[fd00:ec2::254]/',
  'http://169。254。169。254/',
  'http://user:password@169.254.169.254/',
  'http://169.254.170.2/v2/credentials', // of a container
  'file:///etc/passwd',
  'gopher://127.0.0.1/',
  'ftp://example.org/',
])('%s is no address for a message', (url) => {
  expect(checkedUrl(url, false).ok).toBe(false);
});

describe('a redirect', () => {
  const inside = [
    '127.0.0.1',
    '127.8.8.8',
    '::1',
    '::',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    'fd12::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
  ];
  const outside = ['203.0.113.7', '2001:db8::1', '172.32.0.1', '100.128.0.1'];

  test.each(inside)('from outside does not lead to %s', (to) => {
    for (const from of [...outside, '']) expect(mayRedirect(from, to)).toBe(false);
  });

  test.each(outside)('leads to %s from anywhere', (to) => {
    for (const from of [...inside, ...outside]) expect(mayRedirect(from, to)).toBe(true);
  });

  test('leads inside from inside, but never to the metadata', () => {
    expect(mayRedirect('10.0.0.1', '10.0.0.2')).toBe(true);
    for (const from of [...inside, ...outside])
      expect(mayRedirect(from, '169.254.169.254')).toBe(false);
  });

  test.each([true, false])('is judged by what its name resolves to (all: %s)', async (all) => {
    const problem = (from: string) =>
      new Promise((resolve) => redirectedLookup(from)('localhost', { all }, resolve));
    expect(await problem('203.0.113.7')).toBeInstanceOf(Error);
    expect(await problem('127.0.0.1')).toBeNull();
  });
});
