import type { Log } from './log.ts';

/** So long refusals are counted before they are told again: whoever sends without end must not fill the log. */
const LINES_EVERY_MS = 60_000;
/** A line for each of so many, and one for all others: 21 x 400 bytes a minute are $0.18 a month at most. */
const KINDS_MAX = 20;
const REASON_MAX_CHARS = 200;

/** Notes a refusal: its code, who it was where that is known, and the sentence that he was told. */
export type NoteRefusal = (code: string, who: string | undefined, message: string) => void;

interface Refused {
  readonly code: string;
  readonly who?: string;
  readonly reason: string;
  count: number;
}

/**
 * What a warm function refuses, for its log: the first at once, all of the next minute with the next refusal
 * after it, each kind (code and who) in one line with its number. None while nothing is refused.
 */
export function createRefusals(log: Log, nowMs: () => number): NoteRefusal {
  const refused = new Map<string, Refused>();
  let others = 0;
  let writtenMs = Number.NEGATIVE_INFINITY;
  return (code, who, message) => {
    const key = `${code}\n${who ?? ''}`;
    const known = refused.get(key);
    const reason = message.slice(0, REASON_MAX_CHARS);
    if (known !== undefined) known.count++;
    else if (refused.size >= KINDS_MAX) others++;
    else refused.set(key, { code, ...(who === undefined ? {} : { who }), reason, count: 1 });
    // A clock that was set back must not end it.
    if (Math.abs(nowMs() - writtenMs) < LINES_EVERY_MS) return;
    writtenMs = nowMs();
    for (const kind of refused.values()) log.warn('refused', { ...kind });
    if (others > 0) log.warn('refused', { code: 'others', count: others });
    refused.clear();
    others = 0;
  };
}
