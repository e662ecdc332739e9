import type { MakeStore } from './simulate.ts';

/** The state store's contract, without a table. */
export const memoryStore: MakeStore = () => {
  let stored: { revision: number; bytes: Uint8Array | undefined } = {
    revision: 0,
    bytes: undefined,
  };
  return (run, onReplaced) => ({
    read: () => run.call('state read', () => stored),
    replace: (revision, bytes) =>
      run.call('state replace', () => {
        if (stored.revision !== revision) return false;
        stored = { revision: revision + 1, bytes };
        onReplaced(bytes);
        return true;
      }),
  });
};
