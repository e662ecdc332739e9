/** Everything that is kept on this device begins so. */
const PREFIX = 'hypervigil.';

/** What was chosen on this device; `undefined`: nothing, or the browser keeps nothing. */
export function readSetting(name: string): string | undefined {
  try {
    return globalThis.localStorage?.getItem(PREFIX + name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a choice on this device, as far as the browser lets it; `undefined` forgets it. */
export function writeSetting(name: string, value: string | undefined): void {
  try {
    if (value === undefined) globalThis.localStorage?.removeItem(PREFIX + name);
    else globalThis.localStorage?.setItem(PREFIX + name, value);
  } catch {
    // A browser that keeps nothing: the choice holds until the page is closed.
  }
}
