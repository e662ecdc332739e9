import * as v from 'valibot';
import type { RequestFailure } from './client.ts';

/** A range vector, or the answer to a range query. */
export const MatrixAnswer = v.object({
  warnings: v.optional(v.array(v.string()), []),
  data: v.object({
    resultType: v.literal('matrix'),
    result: v.array(
      v.object({
        metric: v.record(v.string(), v.string()),
        /** Seconds since 1970 and a number as text. */
        values: v.array(v.tuple([v.number(), v.string()])),
      }),
    ),
  }),
});

/**
 * Is it worth asking for less? 413 and 422: over a limit. 502 and 503: an answer too long for the
 * function, or too late.
 */
export function isTooMuch({ status }: RequestFailure): boolean {
  return status === 413 || status === 422 || status === 502 || status === 503;
}

/** A number as Prometheus writes it in JSON. */
export function floatOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}
