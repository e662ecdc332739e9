import { DICTIONARY_1 } from './dictionary-1.ts';

/**
 * Preset dictionaries for deflate, by the id in a chunk's second byte. A dictionary is frozen once
 * chunks made with it may exist: to better it, add the next one and leave the old for reading.
 */
export const CURRENT_DICTIONARY = 1;

const DICTIONARIES: ReadonlyMap<number, Uint8Array> = new Map([
  [1, new TextEncoder().encode(DICTIONARY_1)],
]);

/** The dictionary with this id, or `undefined` if there is none. */
export function dictionaryBytes(id: number): Uint8Array | undefined {
  return DICTIONARIES.get(id);
}
