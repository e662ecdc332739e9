/** Which fleet: what is asked for on the command line. */
export interface FleetShape {
  readonly hosts: number;
  readonly vmsPerHost: number;
  /** Series of each VM, beside those of the host itself. */
  readonly seriesPerVm: number;
  /** Between two samples of a series. */
  readonly intervalMs: number;
}

/** What grows with the fleet: `fixed + perHost x hosts`, fitted to fleets of several sizes. */
export interface Linear {
  readonly fixed: number;
  readonly perHost: number;
}

/** The work of one call of a Lambda; `T` is a number, or how it grows with the fleet. */
export interface Work<T = number> {
  /** Of the thread that runs the handler, warm: SDK, decoding and arithmetic, but not the table. */
  readonly cpuMs: T;
  /** Calls of the table that wait for one another; calls under way at once are one. */
  readonly waits: T;
  /** All calls of the table. */
  readonly tableCalls: T;
  /** DynamoDB read request units. */
  readonly readUnits: T;
  /** DynamoDB write request units. */
  readonly writeUnits: T;
}

/** One sort of items: how much of it there is, once the oldest are as old as they get. */
export interface StoredItems {
  /** `chunks`, `points of a minute` ... */
  readonly name: string;
  /** Mean size of an item as DynamoDB measures it, names and keys included, without its 100 bytes of overhead. */
  readonly itemBytes: number;
  /** Items there are at any time, when nothing grows any more. */
  readonly count: Linear;
}

/** A question that people or their dashboards ask. */
export interface QueryWork extends Work {
  readonly name: string;
  /** The answer, as it goes over the Internet. */
  readonly responseBytes: number;
}

/**
 * What a fleet of this shape does to the deployed functions and the table, measured with a small one.
 * Prices have no part in it.
 */
export interface TrafficProfile {
  readonly shape: FleetShape;
  /** Fleets that were run: how many hosts, for how long. */
  readonly runs: readonly { readonly hosts: number; readonly minutes: number }[];
  /** Series of a host and all its VMs. */
  readonly seriesPerHost: number;
  readonly samplesPerBatch: number;
  /** A host-minute as the agent posts it: mean, and the nearest-rank 95th percentile. */
  readonly chunkBytes: number;
  readonly chunkBytes95: number;
  /** The answer to a batch, with its headers. */
  readonly receiptBytes: number;
  /** Ingest, for each batch: one a host and minute. */
  readonly batch: Work;
  /** The evaluator, for each tick: one a minute. */
  readonly tick: Work<Linear>;
  /** A tick of an evaluator that has just started: it reads the whole window. Instead of `tick`. */
  readonly coldTick: Work<Linear>;
  /** The compactor, for each run: one an hour. What is done once in 32 days is in it with its share. */
  readonly compaction: Work<Linear>;
  readonly queries: readonly QueryWork[];
  readonly storage: readonly StoredItems[];
  /** CPU of a start of each function, its code loaded and first call answered: name to ms. */
  readonly coldStartMs: Readonly<Record<string, number>>;
  /** Lines that the evaluator writes to its log for each tick, in bytes. */
  readonly logBytesPerTick: number;
}

/** A `Linear` at a number of hosts. */
export function at({ fixed, perHost }: Linear, hosts: number): number {
  return fixed + perHost * hosts;
}
