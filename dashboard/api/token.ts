import { readSetting, writeSetting } from '../app/settings.ts';

const NAME = 'token';
const IN_TAB = `hypervigil.${NAME}`;

/** The API token that a person gave, of this tab or of this device; `undefined`: they may have a session. */
export function knownToken(): string | undefined {
  try {
    const here = globalThis.sessionStorage?.getItem(IN_TAB);
    if (here) return here;
  } catch {
    // A browser that keeps nothing.
  }
  return unkept ?? readSetting(NAME);
}

/** Where the browser keeps nothing: until the page is closed. */
let unkept: string | undefined;

/** Keeps a token: in this tab, or on this device. */
export function keepToken(token: string, onDevice: boolean): void {
  unkept = token;
  if (onDevice) {
    writeSetting(NAME, token);
    return;
  }
  try {
    globalThis.sessionStorage?.setItem(IN_TAB, token);
  } catch {
    // It is kept above.
  }
}

export function forgetToken(): void {
  unkept = undefined;
  writeSetting(NAME, undefined);
  try {
    globalThis.sessionStorage?.removeItem(IN_TAB);
  } catch {
    // There was none.
  }
}
