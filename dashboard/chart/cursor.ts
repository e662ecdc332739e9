import { type Signal, signal } from '@preact/signals';

/** Where the cursor is, ms since 1970; `undefined`: nowhere. */
export type Cursor = Signal<number | undefined>;

const shared = new Map<string, Cursor>();

/** The cursor that all charts with a key have together: it is at the same time in each. */
export function sharedCursor(key: string): Cursor {
  const known = shared.get(key);
  if (known !== undefined) return known;
  const made: Cursor = signal(undefined);
  shared.set(key, made);
  return made;
}
