import { Buffer } from 'node:buffer';
import type { NotifiedAlert } from '../alertmanager/notification-types.ts';
import { toGsm7 } from './gsm7.ts';

/** Below the address of the pages; leads on to what its query says in a few characters. */
export const SHORT_PATH = '/a';

/** The alerts that a short address is about. */
export interface ShortSubject {
  readonly fingerprint: string;
  /** All that people are told of together with it, not it alone. */
  readonly isGroup: boolean;
}

/** Before the code of one alert of a group. */
const GROUP_MARK = 'g';
/** 64 bits in base64url; the last character has two bits to spare, so it is never a sign that a phone leaves out. */
const CODE = /^[\w-]{10}[AEIMQUYcgkosw048]$/;
const FINGERPRINT = /^[0-9a-f]{16}$/;

/**
 * An address for an SMS, some 14 characters longer than that of the pages: `https://hv.example.org/a?wP_uAAAAAAE`.
 * `undefined`: there are no pages that a phone could open, or the address is not one that an SMS can hold.
 */
export function shortLink(
  alerts: readonly Pick<NotifiedAlert, 'fingerprint'>[],
  externalUrl: string,
): string | undefined {
  const [first, ...others] = alerts;
  const root = externalUrl.replace(/\/+$/, '');
  if (first === undefined || !isReachable(root) || !isPlain(root)) return undefined;
  if (!FINGERPRINT.test(first.fingerprint)) return root + SHORT_PATH;
  const code = Buffer.from(first.fingerprint, 'hex').toString('base64url');
  return `${root}${SHORT_PATH}?${others.length === 0 ? '' : GROUP_MARK}${code}`;
}

/** What follows the `?` of a short address, whatever was put behind it on its way; `undefined`: it names no alert. */
export function readShortQuery(query: string): ShortSubject | undefined {
  const [text = ''] = query.split(/[&=]/, 1);
  const isGroup = text.length === 12 && text.startsWith(GROUP_MARK);
  const code = isGroup ? text.slice(1) : text;
  if (!CODE.test(code)) return undefined;
  return { fingerprint: Buffer.from(code, 'base64url').toString('hex'), isGroup };
}

/** From another device than this very machine. */
function isReachable(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return false;
  return !/^(127\.[\d.]+|0\.0\.0\.0|\[::1?\]|(.+\.)?localhost)$/.test(url.hostname);
}

/** Phones end an address at blanks, and an SMS has no other letters. */
function isPlain(address: string): boolean {
  return /^[!-~]+$/.test(address) && toGsm7(address, Infinity) === address;
}
