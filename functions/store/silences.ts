import * as v from 'valibot';
import { createMatcher } from '../../core/alertmanager/parse-matcher.ts';
import { type Silence, silenceState } from '../../core/alertmanager/silence.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { DAY_MS } from '../../core/time.ts';
import { getEntry, listEntries, putEntry } from './conf-items.ts';
import type { Table } from './dynamo.ts';
import { SILENCE_PARTITION } from './item-keys.ts';

/** Expired ones can be looked at and made anew for so long: Alertmanager's retention. */
const KEEP_EXPIRED_MS = 5 * DAY_MS;

/** Active and pending ones. Each tick tries them all on each alert; 1,000 on 10,000 take a second. */
export const MAX_SILENCES = 1000;

/** With the expired ones, lest a script that makes and ends them fills what a tick reads. */
const MAX_KEPT = 5000; // of some 300 bytes: a tick reads 1.5 MB at most in practice

/** As JSON: some 50 matchers and a long comment. */
const MAX_SILENCE_CHARS = 16_384;

/** A silence with the revision that whoever replaces it must name. */
export interface StoredSilence extends Silence {
  readonly revision: number;
}

export interface SilenceStore {
  /** All, expired ones of the last days too, in no order. */
  readonly list: (nowMs: number) => Promise<readonly StoredSilence[]>;
  readonly get: (id: string, nowMs: number) => Promise<StoredSilence | undefined>;
  /** A new one; the error says which bound it would break. */
  readonly add: (silence: Silence, nowMs: number) => Promise<Result<void, string>>;
  /** One conditional write: `false` if another wrote since `before` was read. */
  readonly replace: (before: StoredSilence, silence: Silence) => Promise<Result<boolean, string>>;
}

/** Matchers as name, operator and value; the operator `=~` and its expression are compiled on reading. */
const schema = v.object({
  matchers: v.array(v.tuple([v.string(), v.picklist(['=', '!=', '=~', '!~']), v.string()])),
  startsAtMs: v.number(),
  endsAtMs: v.number(),
  updatedAtMs: v.number(),
  createdBy: v.string(),
  comment: v.string(),
  annotations: v.exactOptional(v.record(v.string(), v.string())),
});

export function createSilenceStore(table: Table): SilenceStore {
  const list: SilenceStore['list'] = async (nowMs) => {
    const entries = await listEntries(table, SILENCE_PARTITION, nowMs);
    return entries.map(({ sortKey, revision, value }) => silenceOf(sortKey, revision, value));
  };
  const put = (silence: Silence, revision: number) =>
    putEntry(
      table,
      SILENCE_PARTITION,
      { sortKey: silence.id, revision, value: plain(silence) },
      silence.endsAtMs + KEEP_EXPIRED_MS,
    );
  return {
    list,
    get: async (id, nowMs) => {
      const entry = await getEntry(table, SILENCE_PARTITION, id);
      if (entry === undefined || entry.expiresAtMs <= nowMs) return undefined;
      return silenceOf(id, entry.revision, entry.value);
    },
    add: async (silence, nowMs) => {
      const tooLarge = sizeError(silence);
      if (tooLarge !== undefined) return err(tooLarge);
      const full = countError(await list(nowMs), nowMs);
      if (full !== undefined) return err(full);
      // Ids are random: one that is taken was taken by this write, sent again as its answer was lost.
      await put(silence, 0);
      return ok(undefined);
    },
    replace: async (before, silence) => {
      const tooLarge = sizeError(silence);
      if (tooLarge !== undefined) return err(tooLarge);
      if (before.id !== silence.id)
        throw new Error(`silence ${before.id} can't be replaced by ${silence.id}`);
      return ok(await put(silence, before.revision));
    },
  };
}

function plain({ id: _, matchers, ...rest }: Silence): v.InferInput<typeof schema> {
  const { startsAtMs, endsAtMs, updatedAtMs, createdBy, comment, annotations } = rest;
  return {
    matchers: matchers.map(({ name, op, value }) => [name, op, value]),
    ...{ startsAtMs, endsAtMs, updatedAtMs, createdBy, comment },
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function silenceOf(id: string, revision: number, value: unknown): StoredSilence {
  const { matchers, ...rest } = v.parse(schema, value);
  return {
    id,
    revision,
    ...rest,
    matchers: matchers.map(([name, op, pattern]) => {
      const matcher = createMatcher(name, op, pattern);
      // It was checked when it was made.
      if (!matcher.ok) throw new Error(`silence ${id}: ${matcher.error}`);
      return matcher.value;
    }),
  };
}

function sizeError(silence: Silence): string | undefined {
  const chars = JSON.stringify(plain(silence)).length;
  if (chars <= MAX_SILENCE_CHARS) return undefined;
  return `silence exceeded maximum size: ${chars} characters (limit: ${MAX_SILENCE_CHARS})`;
}

function countError(silences: readonly Silence[], nowMs: number): string | undefined {
  const current = silences.filter((silence) => silenceState(silence, nowMs) !== 'expired').length;
  if (current >= MAX_SILENCES)
    return `exceeded maximum number of silences: ${current} are active or pending (limit: ${MAX_SILENCES}); expire some, or silence more with one regular expression`;
  if (silences.length >= MAX_KEPT)
    return `exceeded maximum number of silences: ${silences.length} with the expired ones, which are kept for 5 days (limit: ${MAX_KEPT})`;
  return undefined;
}
