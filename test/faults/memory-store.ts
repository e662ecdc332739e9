import type { StoredState } from '../../functions/store/state.ts';
import type { MakeStore } from './simulate.ts';

/** The state store's contract, without a table. */
export const memoryStore: MakeStore = () => {
  let stored: StoredState = { revision: 0, bytes: undefined, segments: [] };
  return (run, onReplaced) => ({
    read: () => run.call('state read', () => stored),
    replace: ({ revision }, after) =>
      run.call('state replace', () => {
        if (stored.revision !== revision) return false;
        stored = { revision: revision + 1, ...after };
        onReplaced(after);
        return true;
      }),
  });
};
