import { describe, expect, test } from 'vitest';
import { type Given, HTTP, integrationsOf, problemsOf } from './config-fixture.ts';

describe('http_config', () => {
  const httpOf = (http: string, given: Given = {}) => {
    const settings = integrationsOf(`webhook_configs: [{ url: 'https://x', ${http} }]`, given)?.[0]
      ?.settings;
    return settings?.kind === 'webhook' ? settings.http : undefined;
  };

  test.each([
    ['{}', HTTP],
    ['{ follow_redirects: false, enable_http2: false }', { ...HTTP, followRedirects: false }],
    ['{ bearer_token: t }', { ...HTTP, authorization: { type: 'Bearer', credentials: 't' } }],
    [
      '{ bearer_token_file: f }',
      { ...HTTP, authorization: { type: 'Bearer', credentials: 'from f' } },
    ],
    [
      "{ authorization: { type: ' GenieKey ', credentials: t } }",
      { ...HTTP, authorization: { type: 'GenieKey', credentials: 't' } },
    ],
    [
      '{ basic_auth: { username: u, password_file: f } }',
      { ...HTTP, basicAuth: { username: 'u', password: 'from f' } },
    ],
    [
      '{ http_headers: { X-Site: { values: [a, b], files: [f] }, X-Key: { secrets: [k] } } }',
      { ...HTTP, headers: { 'X-Site': 'a, b, from f', 'X-Key': 'k' } },
    ],
  ])('%s', (http, expected) => {
    expect(httpOf(`http_config: ${http}`, { files: { f: 'from f' } })).toEqual(expected);
  });

  test('global’s is for those that have none', () => {
    const global = '{ http_config: { bearer_token: t, follow_redirects: false } }';
    expect(httpOf('', { global })).toEqual({
      authorization: { type: 'Bearer', credentials: 't' },
      followRedirects: false,
      headers: {},
    });
    expect(httpOf('http_config: {}', { global })).toEqual(HTTP);
  });

  test.each([
    ['{ proxy_url: http://p }', '"proxy_url" is not supported: requests go out directly'],
    ['{ tls_config: {} }', '"tls_config" is not supported: servers must have a certificate'],
    ['{ oauth2: {} }', '"oauth2" is not supported: use authorization with a token'],
    ['{ basic_auth: {}, bearer_token: t }', 'at most one of basic_auth & bearer_token'],
    ['{ authorization: {}, basic_auth: {} }', 'at most one of authorization & basic_auth'],
    ['{ authorization: { type: Basic } }', 'use "basic_auth" instead'],
    [
      '{ authorization: { credentials: a, credentials_file: f } }',
      'at most one of credentials & credentials_file',
    ],
    [
      '{ authorization: { credentials_ref: a } }',
      '"credentials_ref" is not supported: name a variable or a file',
    ],
    [
      '{ http_headers: { authorization: { values: [a] } } }',
      'setting header "authorization" is not allowed',
    ],
    ["{ http_headers: { 'a b': { values: [a] } } }", 'not a name that a header can have'],
    ['{ http_headers: { a: { values: ["b\\nc"] } } }', 'a value has more than one line'],
    ['{ follow_redirect: true }', 'unknown field "follow_redirect"'],
  ])('%s is refused', (http, message) => {
    expect(problemsOf(`webhook_configs: [{ url: 'https://x', http_config: ${http} }]`)).toEqual([
      expect.stringContaining(message),
    ]);
  });
});
