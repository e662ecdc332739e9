import type { Severity } from '../../core/alerting/severity.ts';
import type { PushKey, PushLanguage, PushWish } from '../../core/answers/push.ts';
import { ask } from '../api/client.ts';
import { ApiFailure } from '../api/failure.ts';
import { type Ability, abilityOf, browserName, keyBytes } from './ability.ts';

export function abilityHere(): Ability {
  return abilityOf({
    isSecure: globalThis.isSecureContext,
    hasWorkers: 'serviceWorker' in navigator,
    hasPush: 'PushManager' in globalThis,
    hasNotifications: 'Notification' in globalThis,
    permission: 'Notification' in globalThis ? Notification.permission : 'default',
    userAgent: navigator.userAgent,
    touchPoints: navigator.maxTouchPoints,
    isInstalled: matchMedia('(display-mode: standalone)').matches,
  });
}

/** Why this browser was not subscribed, where a person can do something about it. */
export type SubscribeProblem = 'blocked' | 'dismissed' | 'no-service';

interface TrustedTypes {
  readonly createPolicy: (
    name: string,
    rules: { readonly createScriptURL: (url: string) => string },
  ) => { readonly createScriptURL: (url: string) => string };
}

let workerUrl: string | undefined;

/** The one address a worker may have: the policy of the page lets no other script make one. */
function serviceWorkerUrl(): string {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  const only = './service-worker.js';
  // A policy can be made once.
  workerUrl ??=
    types?.createPolicy('hypervigil', { createScriptURL: () => only }).createScriptURL(only) ??
    only;
  return workerUrl;
}

async function register(): Promise<ServiceWorkerRegistration> {
  await navigator.serviceWorker.register(serviceWorkerUrl());
  return navigator.serviceWorker.ready;
}

/** This browser's subscription at its push service; `undefined`: none, or there can't be one. */
export async function subscriptionHere(): Promise<PushSubscription | undefined> {
  if (abilityHere() === 'insecure' || !('serviceWorker' in navigator)) return undefined;
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager?.getSubscription()) ?? undefined;
}

/** The API's name for a subscription: as the store makes it, of the endpoint. */
export async function idOfEndpoint(endpoint: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(endpoint));
  const hex = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0'));
  return `push-${hex.join('').slice(0, 16)}`;
}

/**
 * Asks the person, then the browser's push service, then the API. A problem is what a person can do something about;
 * throws `ApiFailure` where the API refuses.
 */
export async function subscribeHere(
  severities: readonly Severity[],
  language: PushLanguage,
): Promise<SubscribeProblem | undefined> {
  // First, while the click that asked for it still counts.
  const permission = await Notification.requestPermission();
  if (permission === 'denied') return 'blocked';
  if (permission === 'default') return 'dismissed';
  const [{ key }, registration] = await Promise.all([ask<PushKey>('api/v1/push/key'), register()]);
  const subscription = await subscribed(registration, keyBytes(key));
  if (subscription === undefined) return 'no-service';
  await tellApi(subscription, severities, language);
  return undefined;
}

/** Tells the API of the subscription there is, with what it is to hear of from now on. */
async function tellApi(
  subscription: PushSubscription,
  severities: readonly Severity[],
  language: PushLanguage,
): Promise<void> {
  const { endpoint = '', keys = {} } = subscription.toJSON();
  const { p256dh = '', auth = '' } = keys;
  const wish: PushWish = {
    ...{ endpoint, keys: { p256dh, auth }, severities, language },
    browser: browserName(navigator.userAgent),
  };
  await ask('api/v1/push/subscriptions', { json: wish });
}

async function subscribed(
  registration: ServiceWorkerRegistration,
  key: Uint8Array<ArrayBuffer>,
): Promise<PushSubscription | undefined> {
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const known = await registration.pushManager.getSubscription();
  // Of another deployment at this address, or of keys that are lost: it would never hear anything.
  if (known !== null && !isSameKey(known, key)) await known.unsubscribe();
  try {
    return await registration.pushManager.subscribe(options);
  } catch (error) {
    // The browser has no push service, or can't reach it: AbortError, NotSupportedError.
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

function isSameKey({ options }: PushSubscription, key: Uint8Array): boolean {
  const known = options.applicationServerKey;
  if (known === null) return false;
  const bytes = new Uint8Array(known);
  return bytes.length === key.length && bytes.every((byte, i) => byte === key[i]);
}

/** Ends it on both sides; at the push service, too, where the API knows of none any more. */
export async function unsubscribeHere(id: string): Promise<void> {
  try {
    await ask(`api/v1/push/subscriptions/${id}`, { method: 'DELETE' });
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.status !== 404) throw error;
  }
  await (await subscriptionHere())?.unsubscribe();
}
