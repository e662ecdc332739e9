/** Options of Node and V8 that an installed agent runs with; they keep its memory small. */
export const RUNTIME_FLAGS: readonly string[] = [
  '--max-semi-space-size=1',
  '--max-old-space-size=16',
  '--v8-pool-size=0',
];
