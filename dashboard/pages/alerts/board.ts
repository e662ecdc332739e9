import type { AlertBoard } from '../../../core/answers/alert-board.ts';
import type { AlertExplanation } from '../../../core/answers/explain.ts';
import { ask } from '../../api/client.ts';
import { type Polled, refreshPolled, usePolled } from '../../api/poll.ts';
import { readFilter } from './matchers.ts';

/** The state's head, the silences and the acknowledgements: some two or three read units. */
const BOARD_MS = 5_000;
/** Samples of an hour of one host: some 30 read units. */
const EXPLANATION_MS = 60_000;

/** Keys of all that is asked for here begin so. */
const KEY = 'alerts/';

/** All alerts there are, or those that a filter chooses; anew every few seconds. */
export function useBoard(filter = ''): Polled<AlertBoard> {
  return usePolled(`${KEY}board ${filter}`, (signal) => askBoard(filter, signal), BOARD_MS);
}

/** How many alerts a silence would mute: asked once for each text. */
export function useFitting(filter: readonly string[]): Polled<AlertBoard> {
  const key = filter.length === 0 ? '' : `${KEY}fitting ${JSON.stringify(filter)}`;
  return usePolled(key, (signal) => ask<AlertBoard>(PATH, { query: { filter }, signal }));
}

const PATH = 'api/v1/alerts/board';

function askBoard(text: string, signal: AbortSignal): Promise<AlertBoard> {
  const { filter, word } = readFilter(text);
  return ask<AlertBoard>(PATH, {
    query: { filter, word: word === '' ? undefined : word },
    signal,
  });
}

/** Why there is an alert, or was at a time. */
export function useExplanation(fingerprint: string, atMs?: number): Polled<AlertExplanation> {
  const at = atMs === undefined ? undefined : String(atMs / 1000);
  return usePolled(
    `${KEY}explain ${fingerprint} ${at}`,
    (signal) =>
      ask<AlertExplanation>('api/v1/alerts/explain', { query: { fingerprint, at }, signal }),
    at === undefined ? EXPLANATION_MS : undefined,
  );
}

/** After something was changed: shows it at once. */
export function showChange(): void {
  refreshPolled(KEY);
}
