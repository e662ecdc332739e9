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

/** Where a redirect of somebody outside must not lead: to this machine, and into the network that it is in. */
const INTERNAL = new BlockList();
INTERNAL.addSubnet('0.0.0.0', 8, 'ipv4');
INTERNAL.addSubnet('10.0.0.0', 8, 'ipv4');
INTERNAL.addSubnet('100.64.0.0', 10, 'ipv4');
INTERNAL.addSubnet('127.0.0.0', 8, 'ipv4');
INTERNAL.addSubnet('172.16.0.0', 12, 'ipv4');
INTERNAL.addSubnet('192.0.0.0', 24, 'ipv4');
INTERNAL.addSubnet('192.168.0.0', 16, 'ipv4');
INTERNAL.addSubnet('198.18.0.0', 15, 'ipv4');
// To many at once, and what nobody has.
INTERNAL.addSubnet('224.0.0.0', 3, 'ipv4');
// This machine, and IPv4 addresses as they were once written in IPv6.
INTERNAL.addSubnet('::', 96, 'ipv6');
INTERNAL.addSubnet('fc00::', 7, 'ipv6');
INTERNAL.addSubnet('fec0::', 10, 'ipv6');
INTERNAL.addSubnet('ff00::', 8, 'ipv6');
// Ways to IPv4 addresses, inside too: a network's own NAT64 (RFC 8215), 6to4, Teredo.
INTERNAL.addSubnet('64:ff9b:1::', 48, 'ipv6');
INTERNAL.addSubnet('2002::', 16, 'ipv6');
INTERNAL.addSubnet('2001::', 32, 'ipv6');

const REFUSAL =
  'the address belongs to the machine itself (link-local or cloud metadata), or a redirect from outside leads inside';

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
export const guardedLookup: LookupFunction = lookupUnless(isForbidden);

/** The same, for where nothing may go but to the internet: not to this machine, nor into the network that it is in. */
export const publicLookup: LookupFunction = lookupUnless(
  (address) => isForbidden(address) || isInternal(address),
);

/** Is it an address, not a name, that `publicLookup` would refuse? */
export function isInternalAddress(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '');
  return isForbidden(address) || isInternal(address);
}

/**
 * The same, for where a redirect leads: who answered from outside must not lead inside, where on AWS the function is
 * given its events, and elsewhere what is in the same network may trust us.
 *
 * @param from the address that answered
 */
export function redirectedLookup(from: string): LookupFunction {
  return lookupUnless((address) => !mayRedirect(from, address));
}

/** May the server at one address send us on to another one? Whether names are such is not known. */
export function mayRedirect(from: string, to: string): boolean {
  return !isForbidden(to) && (isInternal(from) || !isInternal(to));
}

function lookupUnless(isRefused: (address: string) => boolean): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, options, (problem, found, family) => {
      if (problem !== null) return done(problem, found, family);
      const addresses = typeof found === 'string' ? [found] : found.map(({ address }) => address);
      if (addresses.some(isRefused)) return done(new ForbiddenAddress(), found, family);
      done(null, found, family);
    });
  };
}

/** Is it an address of this machine or of a private network? Not for what is no address. */
function isInternal(address: string): boolean {
  return isIn(INTERNAL, address);
}

function isForbidden(address: string): boolean {
  return isIn(FORBIDDEN, address);
}

function isIn(list: BlockList, address: string): boolean {
  // fe80::1%eth0; NAT64, RFC 6052: the last 32 bits of 64:ff9b::/96 are an IPv4 address.
  const plain = address.replace(/%.*$/, '').replace(/^64:ff9b::(?=[^:]+(:[^:]+)?$)/i, '::ffff:');
  const version = isIP(plain);
  return version !== 0 && list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
}
