import { signal } from '@preact/signals';

/** The browser says that it has no network; what is shown is what was last known. */
export const isOffline = signal(globalThis.navigator?.onLine === false);

/** Is the page seen, and is there a network? Else nothing is asked for. */
export function isAwake(): boolean {
  return globalThis.document?.visibilityState !== 'hidden' && !isOffline.peek();
}

type Listener = (isOnlineAgain: boolean) => void;

const listeners = new Set<Listener>();

/** Calls when the page is seen again, or has a network again. */
export function onWake(listener: Listener): void {
  listeners.add(listener);
}

function tell(isOnlineAgain: boolean): void {
  for (const listener of listeners) listener(isOnlineAgain);
}

globalThis.document?.addEventListener('visibilitychange', () => tell(false));
globalThis.addEventListener?.('online', () => {
  isOffline.value = false;
  tell(true);
});
globalThis.addEventListener?.('offline', () => {
  isOffline.value = true;
  tell(false);
});
