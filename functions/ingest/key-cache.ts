import { KEY_REMEMBERED_MS } from '../store/revocations.ts';

/**
 * Remembers whose a key is, so that a warm function does not ask the table once a batch. It looks for a stamp
 * that is written anew whenever a key has ended (`store/revocations.ts`), and forgets all if it changed: a key is
 * taken `SURE_MS` after that at most. Looking never makes a request wait, or fail: when the stamp is not known
 * well enough, the key itself is asked for.
 */
export interface KeyCache<Owner> {
  /** `undefined` for a key nobody made. Whether it has an end that is over by now is for the caller to see. */
  readonly ownerOf: (key: string, nowMs: number) => Promise<Owner | undefined>;
  /** Would `ownerOf` answer without asking for the key? */
  readonly remembers: (key: string, nowMs: number) => boolean;
}

/** Both must see all that was written before they were called. */
export interface KeySource<Owner> {
  readonly ask: (key: string) => Promise<Owner | undefined>;
  readonly readStamp: () => Promise<string>;
}

/** An answer is good so long whatever happens; a minute, less the time in which a batch is stored. */
const SURE_MS = 50_000;
/** Sooner, so that who asks now and then knows the next stamp before the last one is too old. */
const LOOK_AFTER_MS = 30_000;
/** The function may have been frozen while it looked. */
const LOOK_AGAIN_MS = 1000;
const UNKNOWN_MS = 10_000;
/** Some 2 MB; a fleet larger than this asks the table a little more often. */
const MAX_KEYS = 20_000;
/** Kept apart, so that who tries keys makes us forget no true ones. */
const MAX_UNKNOWN_KEYS = 1000;

/** An answer of the table, as of `atMs` or later. */
interface Seen {
  readonly stamp: string;
  readonly atMs: number;
}

interface Entry<Owner> {
  readonly owner: Owner | undefined;
  readonly askedAtMs: number;
  /** Known before the key was asked for: what ends the key later changes it. Absent: none was known yet. */
  readonly stamp: string | undefined;
}

export function createKeyCache<Owner>({ ask, readStamp }: KeySource<Owner>): KeyCache<Owner> {
  const known = new Map<string, Entry<Owner>>();
  const unknown = new Map<string, Entry<Owner>>();
  const lookBeside = createWatch(readStamp);
  const good = (key: string, seen: Seen | undefined, nowMs: number): Entry<Owner> | undefined => {
    const entry = known.get(key) ?? unknown.get(key);
    return entry !== undefined && isGood(entry, seen, nowMs) ? entry : undefined;
  };
  return {
    remembers: (key, nowMs) => good(key, lookBeside(nowMs), nowMs) !== undefined,
    ownerOf: async (key, nowMs) => {
      const seen = lookBeside(nowMs);
      const entry = good(key, seen, nowMs);
      if (entry !== undefined) return entry.owner;
      const owner = await ask(key);
      known.delete(key);
      unknown.delete(key);
      const [kept, most] = owner === undefined ? [unknown, MAX_UNKNOWN_KEYS] : [known, MAX_KEYS];
      const oldest = kept.keys().next().value;
      if (kept.size >= most && oldest !== undefined) kept.delete(oldest);
      kept.set(key, { owner, askedAtMs: nowMs, stamp: seen?.stamp });
      return owner;
    },
  };
}

function isGood(
  { owner, askedAtMs, stamp }: Entry<unknown>,
  seen: Seen | undefined,
  nowMs: number,
): boolean {
  if (owner === undefined) return isWithin(UNKNOWN_MS, askedAtMs, nowMs);
  if (stamp !== undefined && stamp !== seen?.stamp) return false;
  if (isWithin(SURE_MS, askedAtMs, nowMs)) return true;
  const isStampSure = seen !== undefined && isWithin(SURE_MS, seen.atMs, nowMs);
  return stamp !== undefined && isStampSure && isWithin(KEY_REMEMBERED_MS, askedAtMs, nowMs);
}

/** Gives what is known of the stamp, and looks for it beside whatever else is done if that is a while ago. */
function createWatch(readStamp: () => Promise<string>): (nowMs: number) => Seen | undefined {
  let seen: Seen | undefined;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let tries = 0;
  let seenByTry = 0;
  return (nowMs) => {
    const isRecent = seen !== undefined && isWithin(LOOK_AFTER_MS, seen.atMs, nowMs);
    if (isRecent || isWithin(LOOK_AGAIN_MS, triedAtMs, nowMs)) return seen;
    triedAtMs = nowMs;
    const mine = ++tries;
    readStamp().then(
      (stamp) => {
        // One that was frozen may come after one that began later.
        if (mine < seenByTry) return;
        seenByTry = mine;
        seen = { stamp, atMs: nowMs };
      },
      // The keys themselves are asked for until a look succeeds; if they can't be either, that is told.
      () => {},
    );
    return seen;
  };
}

/** A clock that was set back tells nothing. */
function isWithin(spanMs: number, sinceMs: number, nowMs: number): boolean {
  return nowMs >= sinceMs && nowMs < sinceMs + spanMs;
}
