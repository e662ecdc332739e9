import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SecretRegister } from './secret-register.ts';

const KEY = `hv_${'k'.repeat(32)}`;
const COOKIE = 'c29tZS1zZXNzaW9uLWlk';

function leaks(text: string): readonly string[] {
  const secrets = new SecretRegister();
  secrets.keep('webhook address', 'https://hooks.example.org/T0/B0/secret');
  secrets.keep('session cookie', COOKIE);
  return secrets.leaksIn([
    { name: 'quiet', text: 'a tick took 12 ms' },
    { name: 'loud', text },
  ]);
}

describe('the register of secrets', () => {
  it('names the log and the kind, but not the secret', () => {
    expect(leaks('POST https://hooks.example.org/T0/B0/secret failed')).toEqual([
      'loud: webhook address',
    ]);
    expect(leaks(`the page has ${COOKIE} twice: ${COOKIE}`)).toEqual(['loud: session cookie']);
    expect(leaks('POST https://hooks.example.org failed')).toEqual([]);
  });

  it('knows keys and headers that nobody registered by their form', () => {
    expect(leaks(`no such key: ${KEY}`)).toEqual(['loud: host key (by its form)']);
    expect(
      leaks(JSON.stringify({ headers: { authorization: 'Bearer abcdefghijklmnop' } })),
    ).toEqual(['loud: Authorization header']);
    expect(leaks('cookie: __Host-session=abcdefghijklmnop')).toEqual(['loud: Cookie header']);
    expect(leaks("authorization: 'Bearer TOKEN'")).toEqual([]);
    expect(leaks('the header Authorization was missing')).toEqual([]);
  });

  it('finds a secret wherever and however it is written', () => {
    const secret = fc
      .string({ minLength: 12, maxLength: 60 })
      .filter((text) => text.isWellFormed());
    const writers = [
      (text: string) => text,
      encodeURIComponent,
      (text: string) => JSON.stringify(text),
      (text: string) => Buffer.from(text).toString('base64'),
    ];
    fc.assert(
      fc.property(
        secret,
        fc.string(),
        fc.string(),
        fc.constantFrom(...writers),
        (it, a, z, write) => {
          const secrets = new SecretRegister();
          secrets.keep('password', it);
          const text = write(`${a.toWellFormed()}${it}${z.toWellFormed()}`);
          expect(secrets.leaksIn([{ name: 'log', text }])).toContain('log: password');
        },
      ),
    );
  });

  it('refuses what is too short to be looked for', () => {
    expect(() => new SecretRegister().keep('password', 'secret')).toThrow('too short');
  });
});
