import { type Signal, signal } from '@preact/signals';
import { type ApiFailure, asFailure } from './failure.ts';
import { isAwake, onWake } from './wake.ts';

/** What is known of a topic. */
export interface Known {
  readonly data?: unknown;
  readonly failure?: ApiFailure;
  readonly isLoading: boolean;
  readonly atMs?: number;
}

/** One thing that is asked for, however many parts of the page show it. */
export interface Topic {
  readonly key: string;
  readonly known: Signal<Known>;
  readonly users: Map<object, User>;
  failures: number;
  underWay: AbortController | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Who shows a topic. */
export interface User {
  readonly load: (signal: AbortSignal) => Promise<unknown>;
  readonly everyMs: number | undefined;
}

/** What nobody shows any more is kept a while, so that going back shows something at once. */
const KEPT_MOST = 60;
/** After failures it waits longer and longer, at most so long. */
const RETRY_MOST_MS = 60_000;
const RETRY_FIRST_MS = 4_000;

const topics = new Map<string, Topic>();

/** Asks again for whatever is shown under a key that begins so: after a change, say. */
export function refreshTopics(keyPrefix: string): void {
  for (const topic of topics.values()) {
    if (!topic.key.startsWith(keyPrefix)) continue;
    if (topic.users.size > 0) void askNow(topic);
    // Nobody shows it: it is asked for when somebody does.
    else topics.delete(topic.key);
  }
}

/** Asks now. */
export function refreshTopic(key: string): void {
  const topic = topics.get(key);
  if (topic !== undefined) void askNow(topic);
}

/** What is known under a key. */
export function topicOf(key: string): Topic {
  const found = topics.get(key);
  if (found !== undefined) return found;
  const made: Topic = {
    key,
    known: signal<Known>({ isLoading: key !== '' }),
    users: new Map(),
    failures: 0,
    underWay: undefined,
    timer: undefined,
  };
  topics.set(key, made);
  dropOldest();
  return made;
}

function dropOldest(): void {
  let over = topics.size - KEPT_MOST;
  for (const topic of topics.values()) {
    if (over <= 0) return;
    // The newest may be about to be used.
    if (topic.users.size > 0 || topic === [...topics.values()].at(-1)) continue;
    topics.delete(topic.key);
    over -= 1;
  }
}

/** Asks, now and whenever it is due, until what is returned is called. */
export function followTopic(topic: Topic, user: User): () => void {
  const id = {};
  topic.users.set(id, user);
  // It may have been dropped meanwhile.
  topics.set(topic.key, topic);
  const { data, atMs } = topic.known.value;
  const freshMs = Math.min(user.everyMs ?? 0, 2_000);
  const isFresh = data !== undefined && atMs !== undefined && Date.now() - atMs < freshMs;
  if (topic.underWay === undefined && !isFresh) void askNow(topic);
  else plan(topic);
  return () => {
    topic.users.delete(id);
    if (topic.users.size > 0) return plan(topic);
    clearTimeout(topic.timer);
    topic.underWay?.abort();
  };
}

async function askNow(topic: Topic): Promise<void> {
  clearTimeout(topic.timer);
  const [user] = topic.users.values();
  if (user === undefined) return;
  topic.underWay?.abort();
  const underWay = new AbortController();
  topic.underWay = underWay;
  topic.known.value = { ...topic.known.peek(), isLoading: true };
  try {
    const data = await user.load(underWay.signal);
    if (topic.underWay !== underWay) return;
    topic.failures = 0;
    topic.known.value = { data, isLoading: false, atMs: Date.now() };
  } catch (error) {
    if (topic.underWay !== underWay) return;
    const isAborted = underWay.signal.aborted;
    if (!isAborted) topic.failures += 1;
    const { failure: _, ...before } = topic.known.peek();
    topic.known.value = {
      ...before,
      ...(isAborted ? {} : { failure: asFailure(error) }),
      isLoading: false,
    };
  }
  topic.underWay = undefined;
  plan(topic);
}

/** When it is asked for next: by whoever wants it soonest. */
function plan(topic: Topic): void {
  clearTimeout(topic.timer);
  if (topic.underWay !== undefined || topic.users.size === 0 || !isAwake()) return;
  const waitMs = nextWaitMs(topic);
  if (waitMs !== undefined) topic.timer = setTimeout(() => void askNow(topic), waitMs);
}

function nextWaitMs({ users, known, failures }: Topic): number | undefined {
  const { failure, atMs = 0 } = known.peek();
  if (failure !== undefined) {
    // What was wrong with the question stays wrong.
    if (failure.status >= 400 && failure.status < 500 && failure.status !== 429) return undefined;
    const waitMs = Math.min(RETRY_FIRST_MS * 2 ** (failures - 1), RETRY_MOST_MS);
    return Math.max(waitMs, failure.retryAfterMs ?? 0);
  }
  const intervals = [...users.values()].flatMap(({ everyMs }) => everyMs ?? []);
  if (intervals.length === 0) return undefined;
  return Math.max(0, atMs + Math.min(...intervals) - Date.now());
}

// What is due while the page was hidden or offline is asked for at once, the rest when it is due.
onWake((isOnlineAgain) => {
  for (const topic of topics.values()) {
    if (topic.users.size === 0 || topic.underWay !== undefined) continue;
    if (isOnlineAgain && topic.known.peek().failure !== undefined) void askNow(topic);
    else plan(topic);
  }
});
