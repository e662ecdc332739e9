import * as v from 'valibot';
import { SHARDS_MAX } from '../../core/shard-epochs.ts';
import type { TableAddress } from './dynamo.ts';

/** A whole number in an environment variable. */
export const wholeNumber = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d+$/, 'not a whole number'),
    v.transform(Number),
    v.minValue(least),
    v.maxValue(most),
  );

/** What every function that reads or writes the table is told. */
export const TABLE_SETTINGS = {
  TABLE_NAME: v.pipe(v.string(), v.nonEmpty()),
  /** Over how many shards minutes shall be spread, from the next hour on for which that can be. */
  SHARD_COUNT: v.optional(wholeNumber(1, SHARDS_MAX), '1'),
  /** How long chunks are kept, and therefore how late samples may come. */
  RAW_RETENTION_DAYS: v.optional(wholeNumber(1, 3650), '7'),
  /** Only for an embedded or test store. */
  DYNAMODB_ENDPOINT: v.optional(v.pipe(v.string(), v.url())),
  /** How long a call of the table is waited for, where that is not to be as usual. */
  TABLE_ANSWER_MS: v.optional(wholeNumber(1, 60_000)),
};

/** Where the table is, of what a function was told. */
export function tableAddress(settings: {
  readonly TABLE_NAME: string;
  readonly DYNAMODB_ENDPOINT?: string | undefined;
  readonly TABLE_ANSWER_MS?: number | undefined;
}): TableAddress {
  return {
    tableName: settings.TABLE_NAME,
    endpoint: settings.DYNAMODB_ENDPOINT,
    answerMs: settings.TABLE_ANSWER_MS,
  };
}

/** What functions that make or read rollups are told. */
export const ROLLUP_SETTINGS = {
  /** How long points of a minute are kept. */
  MINUTE_RETENTION_DAYS: v.optional(wholeNumber(1, 3650), '30'),
  /** How long points of an hour are kept. */
  HOUR_RETENTION_DAYS: v.optional(wholeNumber(1, 3650), '400'),
};

/** Reads a function's environment; throws one line that names each variable that is wrong, and why. */
export function readSettings<S extends v.ObjectEntries>(
  entries: S,
  environment: Readonly<Record<string, string | undefined>>,
): v.InferOutput<v.ObjectSchema<S, undefined>> {
  const known = Object.fromEntries(Object.keys(entries).map((name) => [name, environment[name]]));
  const result = v.safeParse(v.object(entries), known);
  if (result.success) return result.output;
  const reasons = result.issues.map((issue) => `${v.getDotPath(issue) ?? '?'}: ${issue.message}`);
  throw new Error(`environment: ${reasons.join('; ')}`);
}
