import type { Severity } from '../alerting/severity.ts';

/** Each has a topic; `operations`: about Hypervigil itself, which a stack on one machine does not have. */
export type SubscriptionTopic = Severity | 'operations';

/** Of those that can be added over the API; others SNS names as it likes. */
export const ADDED_PROTOCOLS = ['email', 'sms'] as const;
export type AddedProtocol = (typeof ADDED_PROTOCOLS)[number];

/** Who hears of a topic. */
export interface SubscriptionView {
  readonly id: string;
  readonly topic: SubscriptionTopic;
  /** `email`, `sms`, `https`, `application` ... */
  readonly protocol: string;
  /** Whole for operators and admins; else only what one's own is recognized by: `a***@example.com`. */
  readonly address: string;
  /** `pending`: the address has not agreed yet, and hears nothing. */
  readonly state: 'confirmed' | 'pending';
  /** `here`: with this page, so it can be removed here. `settings`: with the deployment, or by hand in AWS. */
  readonly from: 'here' | 'settings';
  /** Of those `here`. */
  readonly addedBy?: string;
  readonly addedAt?: string;
}

/** `GET /api/v1/subscriptions`. */
export interface Subscriptions {
  readonly topics: readonly SubscriptionTopic[];
  /** What SNS calls each topic: the last part of its ARN. */
  readonly names: Readonly<Partial<Record<SubscriptionTopic, string>>>;
  readonly subscriptions: readonly SubscriptionView[];
  /** `aws`: SNS delivers. `mail`, `no-mail`: one machine, with a mail server set or without; text messages are only shown. */
  readonly delivery: 'aws' | 'mail' | 'no-mail';
}

/** What is sent to `POST /api/v1/subscriptions`. */
export interface SubscriptionWish {
  readonly protocol: AddedProtocol;
  readonly address: string;
  readonly topics: readonly SubscriptionTopic[];
}

/** A phone number as SNS takes it: E.164. */
export const PHONE_FORMAT = /^\+[1-9][0-9]{6,14}$/;

/**
 * Satellites, international shared-cost and premium-rate numbers: a text message there costs much and earns somebody
 * something. Source: ITU-T E.164, list of assigned country codes.
 */
const COSTLY_PREFIXES = ['+800', '+808', '+870', '+878', '+881', '+882', '+883', '+888', '+979'];

export function isCostlyNumber(phone: string): boolean {
  return COSTLY_PREFIXES.some((prefix) => phone.startsWith(prefix));
}

/** A number as people write it, without what they put between digits. */
export function plainNumber(text: string): string {
  return text.replaceAll(/[\s().-]/g, '').replace(/^00/, '+');
}

/** Enough to know one's own by. */
export function maskedAddress(protocol: string, address: string): string {
  if (protocol === 'sms')
    return `${address.slice(0, 3)}${'*'.repeat(Math.max(0, address.length - 5))}${address.slice(-2)}`;
  const at = address.lastIndexOf('@');
  if (at > 0) return `${address.slice(0, 1)}***${address.slice(at)}`;
  return URL.canParse(address) && /^https?:/.test(address)
    ? `${new URL(address).origin}/***`
    : '***';
}
