import type { IncomingMessage } from 'node:http';

/** Why a request is not answered. */
export interface NotOurs {
  readonly status: 400 | 403 | 421;
  readonly code: 'wrong_target' | 'wrong_host' | 'cross_site';
  readonly message: string;
}

/** Only these are always this machine, whatever a name server says. */
const OWN_NAME = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

/**
 * Judges whether a request may be answered on one machine, where every web page that somebody looks at can send
 * some. A page can point a name of its own at 127.0.0.1 (DNS rebinding) and can't hide that name: it is in `Host`.
 * It can also send here from where it is; then the browser says so, in `Origin` and `Sec-Fetch-Site`. What is no
 * browser sends neither. `undefined`: it may.
 *
 * @param externalUrl where people reach this stack through a server of their own, if they do
 */
export function notOurs(
  {
    url = '',
    method = '',
    headersDistinct,
  }: Pick<IncomingMessage, 'url' | 'method' | 'headersDistinct'>,
  externalUrl?: string,
): NotOurs | undefined {
  if (!url.startsWith('/'))
    return { status: 400, code: 'wrong_target', message: 'the target is not a path' };
  const external = externalUrl === undefined ? undefined : new URL(externalUrl);
  // Of several, who stands before us may have judged another one than we do.
  const hosts = headersDistinct['host'] ?? [];
  const [host = ''] = hosts;
  const isOwn = OWN_NAME.test(host) || (external !== undefined && host === external.host);
  if (hosts.length !== 1 || !isOwn) {
    const message = `"${hosts.join(', ')}" is not this machine`;
    return { status: 421, code: 'wrong_host', message };
  }
  const origins = headersDistinct['origin'] ?? [];
  const isOwnOrigin = (origin: string) =>
    origin === `http://${host}`.toLowerCase() || origin === external?.origin;
  if (!origins.every(isOwnOrigin))
    return crossSite(`a page of ${origins.join(', ')} may ask nothing here`);
  const [site = 'none'] = headersDistinct['sec-fetch-site'] ?? [];
  if (site === 'none' || site === 'same-origin' || isFollowedLink(method, headersDistinct))
    return undefined;
  return crossSite('a page from elsewhere may only link here');
}

/** A person went from some page to one of ours: it is not embedded, and the other one can't read it. */
function isFollowedLink(method: string, headers: IncomingMessage['headersDistinct']): boolean {
  const is = (name: string, value: string) => headers[name]?.join() === value;
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead && is('sec-fetch-mode', 'navigate') && is('sec-fetch-dest', 'document');
}

function crossSite(message: string): NotOurs {
  return { status: 403, code: 'cross_site', message };
}
