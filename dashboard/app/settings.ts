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

/** What a device may go on to know when somebody signs out: how it shows things, nothing that they asked or wrote. */
const OF_DEVICE: ReadonlySet<string> = new Set(['theme', 'language']);

/** Forgets what who signs out has left here: a token, queries they asked, their name, drafts of rules. */
export function forgetPerson(): void {
  for (const kept of [() => globalThis.localStorage, () => globalThis.sessionStorage]) {
    try {
      const store = kept();
      const names = Array.from({ length: store.length }, (_, i) => store.key(i) ?? '');
      for (const name of names)
        if (name.startsWith(PREFIX) && !OF_DEVICE.has(name.slice(PREFIX.length)))
          store.removeItem(name);
    } catch {
      // A browser that keeps nothing.
    }
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
