import type { Place } from './spool/replay.ts';

/** A closed host-minute on its way to the server. */
export interface Batch {
  /** Rises with every minute that is opened, also over restarts. */
  readonly id: number;
  readonly minute: number;
  /** Its last instant, ms since 1970. */
  readonly lastMs: number;
  /** Values in it. */
  readonly sampleCount: number;
  /** Of these, the ones that no earlier post of the minute has settled. */
  readonly freshCount: number;
  /** Its bytes, if they are in memory. */
  chunk: Uint8Array | undefined;
  /** Where its bytes are in the spool, once they are. */
  place: Place | undefined;
}
