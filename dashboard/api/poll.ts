import { useEffect, useRef } from 'preact/hooks';
import type { ApiFailure } from './failure.ts';
import { followTopic, refreshTopic, refreshTopics, topicOf, type User } from './topics.ts';

/** What is known of something that is asked for again and again. */
export interface Polled<T> {
  /** The last good answer, kept while newer ones fail; `undefined`: there was none yet. */
  readonly data?: T;
  /** Why the newest question had no answer; `undefined` once it has. */
  readonly failure?: ApiFailure;
  /** A question is under way. */
  readonly isLoading: boolean;
  /** When `data` was answered. */
  readonly atMs?: number;
  /** Asks now. */
  readonly refresh: () => void;
}

/**
 * Asks for something now and, with `everyMs`, again and again: not while the page is hidden or offline, and at once
 * when it is back. Whoever uses the same key shares the question and its answer. A failure keeps the last good
 * answer, and is tried again after 4 s, 8 s ... 60 s, or when the API says.
 *
 * @param key says all that the question depends on: another key is another question. `''`: nothing is asked (yet).
 */
export function usePolled<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  everyMs?: number,
): Polled<T> {
  const newest = useRef(load);
  newest.current = load;
  const topic = topicOf(key);
  useEffect(() => {
    if (key === '') return;
    const user: User = { load: (signal) => newest.current(signal), everyMs };
    return followTopic(topicOf(key), user);
  }, [key, everyMs]);
  const { data, failure, isLoading, atMs } = topic.known.value;
  return {
    // A key has one kind of answer.
    ...(data === undefined ? {} : { data: data as T }),
    ...(failure === undefined ? {} : { failure }),
    ...(atMs === undefined ? {} : { atMs }),
    isLoading,
    refresh: () => void refreshTopic(key),
  };
}

/** Asks again for whatever is shown under a key that begins so: after a change, say. */
export function refreshPolled(keyPrefix: string): void {
  refreshTopics(keyPrefix);
}
