import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { err, ok, type Result } from '../../core/result.ts';

/**
 * Where a cloud machine asks for its own credentials. Whoever may write a webhook's URL must not
 * reach them through us.
 */
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet('169.254.0.0', 16, 'ipv4');
FORBIDDEN.addSubnet('fe80::', 10, 'ipv6');
FORBIDDEN.addAddress('fd00:ec2::254', 'ipv6'); // AWS
FORBIDDEN.addAddress('100.100.100.200', 'ipv4'); // Alibaba Cloud
FORBIDDEN.addAddress('168.63.129.16', 'ipv4'); // Azure

const REFUSAL = 'the address belongs to the machine itself (link-local or cloud metadata)';

/** Thrown into a connection whose name resolves to where nothing is sent. */
export class ForbiddenAddress extends Error {
  constructor() {
    super(REFUSAL);
  }
}

/** A URL that messages may go to; names are judged when they are resolved. */
export function checkedUrl(text: string, allowLinkLocal: boolean): Result<URL, string> {
  if (!URL.canParse(text)) return err('the URL cannot be read');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return err(`the URL begins with ${url.protocol}, not with http: or https:`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return !allowLinkLocal && isForbidden(host) ? err(REFUSAL) : ok(url);
}

/** Resolves names as Node does, and fails for those of forbidden addresses. */
export const guardedLookup: LookupFunction = (hostname, options, done) => {
  resolve(hostname, options, (problem, found, family) => {
    if (problem !== null) return done(problem, found, family);
    const addresses = typeof found === 'string' ? [found] : found.map(({ address }) => address);
    if (addresses.some(isForbidden)) return done(new ForbiddenAddress(), found, family);
    done(null, found, family);
  });
};

function isForbidden(address: string): boolean {
  // fe80::1%eth0
  const plain = address.replace(/%.*$/, '');
  const version = isIP(plain);
  return version !== 0 && FORBIDDEN.check(plain, version === 4 ? 'ipv4' : 'ipv6');
}
