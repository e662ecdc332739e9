import { expect, test } from 'vitest';
import { hideSecrets } from '../../functions/log/secrets.ts';

const LETTERS = 'Zz9_-kQ4'.repeat(4);

test.each([
  [`key hv_${LETTERS} of web-1`, 'key hv_<secret> of web-1'],
  [`token hvt_${LETTERS}`, 'token hvt_<secret>'],
  [`token "hve_${LETTERS}"`, 'token "hve_<secret>"'],
  [`Authorization: Bearer ${LETTERS}`, 'Authorization: <secret>'],
  [`sent Basic dXNlcjpwYXNz, refused`, 'sent Basic <secret>, refused'],
  [`{"cookie":"session=${LETTERS}"}`, '{"cookie":"<secret>"}'],
  [`eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.${LETTERS} is over`, '<secret> is over'],
  [
    `see https://hooks.example.com/services/${LETTERS}?a=b`,
    'see https://hooks.example.com/<secret>',
  ],
  [`https://user:pass@example.com:8443/`, 'https://example.com:8443'],
  [`path /b?X-Amz-Signature=abcdef0123&x=1`, 'path /b?X-Amz-Signature=<secret>&x=1'],
])('%s', (text, shown) => {
  expect(hideSecrets(text)).toBe(shown);
});

test.each([
  'no token: send it as a bearer token, or as the password of basic authentication',
  'hour 497261 of hv-7 was not rolled up: InternalServerError: try again',
  'at readBody (file:///var/task/index.mjs:26:147888)',
  'Hypervigil hv_web-1 is down',
])('a sentence stays as it is: %s', (text) => {
  expect(hideSecrets(text)).toBe(text);
});
