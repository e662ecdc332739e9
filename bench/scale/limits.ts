/**
 * What AWS publishes that it gives, as of November 2026: defaults of an account, and what no account can change.
 * docs/scaling.md names the page of each.
 */

export const DYNAMODB = {
  /** Of one partition, a second. "Designing partition keys", DynamoDB guide. */
  partitionWriteUnits: 1000,
  partitionReadUnits: 3000,
  /** Unused units of so many seconds may be used at once, which is not promised. "Burst capacity", same page. */
  burstSeconds: 300,
  partitionBytes: 10e9,
  /** What a new table on demand takes at once, a second: four partitions. "On-demand capacity mode". */
  newTableWriteUnits: 4000,
  /** Of one table on demand, a second; can be raised. "Quotas". */
  tableWriteUnits: 40_000,
  tableReadUnits: 40_000,
  writeUnitBytes: 1024,
  queryPageBytes: 1 << 20,
} as const;

export const LAMBDA = {
  /** Calls at once, of all functions of an account in a region; can be raised. "Lambda quotas". */
  concurrency: 1000,
  /** Environments a function may get more, a second: 1,000 in 10 s. "Lambda scaling behavior". */
  environmentsPerSecond: 100,
  /** Calls a second that one environment takes. "Lambda quotas". */
  callsPerEnvironment: 10,
  memoryMaxMb: 10_240,
  runMaxMs: 900_000,
} as const;
