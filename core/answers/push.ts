import type { Severity } from '../alerting/severity.ts';

/** What a push message is written in. */
export const PUSH_LANGUAGES = ['en', 'zh-CN'] as const;
export type PushLanguage = (typeof PUSH_LANGUAGES)[number];

/** `GET /api/v1/push/key`. */
export interface PushKey {
  /** An uncompressed P-256 point in base64url: `applicationServerKey` of `pushManager.subscribe`. */
  readonly key: string;
}

/** What a page sends to `POST /api/v1/push/subscriptions`; the same endpoint again replaces what was said of it. */
export interface PushWish {
  /** Of `PushSubscription.toJSON()`. */
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
  readonly severities: readonly Severity[];
  readonly language: PushLanguage;
  /** "Firefox on Linux": what the person knows it by. */
  readonly browser: string;
  /** The endpoint it had until now: what was said of that one holds on, and that one ends. */
  readonly previous?: string;
}

/** A browser as lists show it, without what a message could be sent by. */
export interface PushBrowser {
  readonly id: string;
  readonly browser: string;
  /** Who subscribed it. */
  readonly owner: string;
  readonly severities: readonly Severity[];
  readonly language: PushLanguage;
  /** Where its push service is: `fcm.googleapis.com`. */
  readonly service: string;
  readonly createdAt: string;
  /** When it ends with the token it was subscribed with; absent: it does not. */
  readonly endsAt?: string;
}

/** What a message says, once the browser has decrypted it: the JSON of it is the payload. */
export interface PushMessage {
  readonly version: 1;
  readonly title: string;
  readonly body: string;
  /** Where a click leads, from the root of the pages: `alerts#/alerts?filter=...`. */
  readonly url: string;
  /** The one alert it is about, by its fingerprint; absent: several. */
  readonly alert?: string;
  /** A message takes the place of an earlier one with the same tag. */
  readonly tag: string;
  readonly severity: string;
  readonly isResolved: boolean;
  readonly language: PushLanguage;
  readonly atMs: number;
}
