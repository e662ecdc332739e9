import { ConfigSection } from './config-section.ts';
import type { HttpSettings } from './integration-types.ts';

export const DEFAULT_HTTP: HttpSettings = { followRedirects: true, headers: {} };

const FIELDS = [
  ...['authorization', 'basic_auth', 'bearer_token', 'bearer_token_file'],
  ...['follow_redirects', 'enable_http2', 'http_headers'],
];

const NO_PROXY = 'requests go out directly';

const REFUSED = {
  oauth2: 'use authorization with a token, or basic_auth',
  tls_config: 'servers must have a certificate that public authorities vouch for',
  proxy_url: NO_PROXY,
  no_proxy: NO_PROXY,
  proxy_from_environment: NO_PROXY,
  proxy_connect_header: NO_PROXY,
};

const NO_SECRET_MANAGER = 'name a variable or a file';

/** Those that the sender sets itself, as Alertmanager has them. Source: prometheus/common/config. */
const RESERVED_HEADERS = [
  ...['authorization', 'host', 'content-encoding', 'content-length', 'content-type'],
  ...['user-agent', 'connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization'],
  ...['www-authenticate', 'accept-encoding', 'x-prometheus-remote-write-version'],
  ...['x-prometheus-remote-read-version', 'x-prometheus-scrape-timeout-seconds'],
  ...['x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'],
];

/** Reads `http_config`; absent: `inherited`, none of which is kept when it is there. */
export function readHttp(section: ConfigSection, inherited: HttpSettings): HttpSettings {
  if (!section.has('http_config')) return inherited;
  const http = section.section('http_config', FIELDS, REFUSED);
  if (http === undefined) return inherited;
  http.boolean('enable_http2'); // it says what may be used, not what must
  const ways = [
    ...['authorization', 'basic_auth'].filter((field) => http.has(field)),
    ...(http.hasSecret('bearer_token') ? ['bearer_token'] : []),
  ];
  if (ways.length > 1)
    http.problem(undefined, `at most one of ${ways.join(' & ')} must be configured`);
  return {
    ...readAuthorization(http),
    ...readBasicAuth(http),
    followRedirects: http.boolean('follow_redirects') ?? true,
    headers: readHeaders(http),
  };
}

function readAuthorization(http: ConfigSection): Pick<HttpSettings, 'authorization'> {
  const token = http.secret('bearer_token');
  if (token !== undefined) return { authorization: { type: 'Bearer', credentials: token } };
  const section = http.section('authorization', ['type', 'credentials', 'credentials_file'], {
    credentials_ref: NO_SECRET_MANAGER,
  });
  if (section === undefined) return {};
  const type = section.text('type')?.trim() || 'Bearer';
  if (type.toLowerCase() === 'basic')
    section.problem(
      'type',
      'authorization type cannot be set to "basic", use "basic_auth" instead',
    );
  return { authorization: { type, credentials: section.secret('credentials') ?? '' } };
}

function readBasicAuth(http: ConfigSection): Pick<HttpSettings, 'basicAuth'> {
  const fields = ['username', 'username_file', 'password', 'password_file'];
  const section = http.section('basic_auth', fields, {
    username_ref: NO_SECRET_MANAGER,
    password_ref: NO_SECRET_MANAGER,
  });
  if (section === undefined) return {};
  const username = section.secret('username') ?? '';
  return { basicAuth: { username, password: section.secret('password') ?? '' } };
}

/** Several values of one header are joined by commas, which HTTP has as the same. */
function readHeaders(http: ConfigSection): Record<string, string> {
  const node = http.get('http_headers');
  if (node === undefined) return {};
  const { yaml } = http.reader;
  const headers: [string, string][] = [];
  for (const [name, value] of yaml.entries(node, `${http.what}: "http_headers"`)) {
    const what = `${http.what}, http_headers "${name}"`;
    const section = ConfigSection.open(http.reader, value, what, ['values', 'secrets', 'files']);
    if (section === undefined) continue;
    if (RESERVED_HEADERS.includes(name.toLowerCase()))
      section.problem(undefined, `setting header "${name}" is not allowed`);
    else if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
      section.problem(undefined, 'not a name that a header can have');
    const files = section.textList('files').map((file) => section.file('files', file) ?? '');
    const values = [...section.textList('values'), ...section.textList('secrets'), ...files];
    if (values.some((text) => /[\r\n\0]/.test(text)))
      section.problem(undefined, 'a value has more than one line');
    headers.push([name, values.join(', ')]);
  }
  return Object.fromEntries(headers);
}
