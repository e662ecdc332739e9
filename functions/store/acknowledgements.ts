import * as v from 'valibot';
import type { Acknowledgement } from '../../core/alertmanager/silence.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { DAY_MS } from '../../core/time.ts';
import { getEntry, listEntries, putEntry } from './conf-items.ts';
import type { Table } from './dynamo.ts';
import { ACKNOWLEDGEMENT_PARTITION } from './item-keys.ts';

/** One that is over can still be seen for a day. */
const KEEP_EXPIRED_MS = DAY_MS;

/** Those that hold. Whoever is at so many alerts at once wants a silence. */
export const MAX_ACKNOWLEDGEMENTS = 1000;

/** As JSON: the alert's labels and a long note. */
const MAX_ACKNOWLEDGEMENT_CHARS = 16_384;

/** Many are written for many alerts; DynamoDB's client has 50 connections. */
const WRITES_AT_ONCE = 20;

/** Two people acknowledge one alert at once: the later one tries again. */
const MAX_TRIES = 5;

export interface AcknowledgementStore {
  /** Those that hold, and those over for less than a day, in no order. */
  readonly list: (nowMs: number) => Promise<readonly Acknowledgement[]>;
  /**
   * One for each alert; takes the place of an earlier one of the alert. The error says which bound
   * they would break, and then none is written.
   */
  readonly put: (
    acknowledgements: readonly Acknowledgement[],
    nowMs: number,
  ) => Promise<Result<void, string>>;
  /** Ends it now; `undefined` if there is none that holds. */
  readonly withdraw: (fingerprint: string, nowMs: number) => Promise<Acknowledgement | undefined>;
}

const schema = v.object({
  labels: v.record(v.string(), v.string()),
  alertStartsAtMs: v.number(),
  by: v.string(),
  note: v.string(),
  atMs: v.number(),
  untilMs: v.number(),
});

export function createAcknowledgementStore(table: Table): AcknowledgementStore {
  const list: AcknowledgementStore['list'] = async (nowMs) => {
    const entries = await listEntries(table, ACKNOWLEDGEMENT_PARTITION, nowMs);
    return entries.map(({ sortKey, value }) => acknowledgementOf(sortKey, value));
  };

  /** Reads what is there and writes what `change` makes of it, until nobody else wrote in between. */
  const update = async (
    fingerprint: string,
    change: (before: Acknowledgement | undefined) => Acknowledgement | undefined,
  ): Promise<Acknowledgement | undefined> => {
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const entry = await getEntry(table, ACKNOWLEDGEMENT_PARTITION, fingerprint);
      const after = change(entry && acknowledgementOf(fingerprint, entry.value));
      if (after === undefined) return undefined;
      const { fingerprint: sortKey, ...value } = after;
      const written = await putEntry(
        table,
        ACKNOWLEDGEMENT_PARTITION,
        { sortKey, revision: entry?.revision ?? 0, value },
        after.untilMs + KEEP_EXPIRED_MS,
      );
      if (written) return after;
    }
    throw new Error(`acknowledgement of ${fingerprint}: replaced by others ${MAX_TRIES} times`);
  };

  return {
    list,
    put: async (acknowledgements, nowMs) => {
      const broken = boundError(acknowledgements, await list(nowMs), nowMs);
      if (broken !== undefined) return err(broken);
      for (let at = 0; at < acknowledgements.length; at += WRITES_AT_ONCE) {
        const some = acknowledgements.slice(at, at + WRITES_AT_ONCE);
        await Promise.all(some.map((one) => update(one.fingerprint, () => one)));
      }
      return ok(undefined);
    },
    withdraw: (fingerprint, nowMs) =>
      update(fingerprint, (before) =>
        before === undefined || before.untilMs <= nowMs ? undefined : { ...before, untilMs: nowMs },
      ),
  };
}

function acknowledgementOf(fingerprint: string, value: unknown): Acknowledgement {
  return { fingerprint, ...v.parse(schema, value) };
}

function boundError(
  wanted: readonly Acknowledgement[],
  known: readonly Acknowledgement[],
  nowMs: number,
): string | undefined {
  for (const acknowledgement of wanted) {
    const chars = JSON.stringify(acknowledgement).length;
    if (chars > MAX_ACKNOWLEDGEMENT_CHARS)
      return `an acknowledgement of ${chars} characters is too long (limit: ${MAX_ACKNOWLEDGEMENT_CHARS})`;
  }
  const holding = known.filter(({ untilMs }) => untilMs > nowMs);
  const fingerprints = new Set([...wanted, ...holding].map(({ fingerprint }) => fingerprint));
  if (fingerprints.size <= MAX_ACKNOWLEDGEMENTS) return undefined;
  return `${fingerprints.size} alerts would be acknowledged, of which ${holding.length} are already (limit: ${MAX_ACKNOWLEDGEMENTS}); silence them instead`;
}
