/**
 * Options of Node and V8 that an installed agent runs with; they keep its memory small
 * (docs/decisions/0017-agent-memory.md). Only these: any other option of V8 that is given before the
 * start makes Node compile its own modules anew and keep them twice, 0.5 MB.
 */
export const RUNTIME_FLAGS: readonly string[] = [
  // Two halves of the young generation of 1 MB each, rather than 16: a sample makes 0.3 MB of it.
  '--max-semi-space-size=1',
  // 10,000 series, the most of one sample, take 38 MB for a moment; usually 7 are in use.
  '--max-old-space-size=64',
  // No threads of V8 that wait for work: 0.1 MB, and all it does fits in the milliseconds of a sample.
  '--v8-pool-size=0',
];
