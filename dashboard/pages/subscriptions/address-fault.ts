import {
  type AddedProtocol,
  isCostlyNumber,
  PHONE_FORMAT,
  plainNumber,
} from '../../../core/answers/subscriptions.ts';

/** What is wrong with an address, before the API is asked. */
export type AddressFault = 'email' | 'phone' | 'costly';

export function addressFault(protocol: AddedProtocol, address: string): AddressFault | undefined {
  if (protocol === 'email')
    return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(address.trim()) ? undefined : 'email';
  const number = plainNumber(address.trim());
  if (!PHONE_FORMAT.test(number)) return 'phone';
  return isCostlyNumber(number) ? 'costly' : undefined;
}
