import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

/**
 * `npm run test:differential -- [--runs N] [--seed N]`: N queries of each kind (300 unless said); a
 * failure prints the seed that repeats it. PROMETHEUS_BIN says where Prometheus 3 is.
 */
const { values } = parseArgs({
  options: { runs: { type: 'string' }, seed: { type: 'string' } },
});
for (const [name, value] of Object.entries(values)) {
  if (!/^\d+$/.test(value)) throw new Error(`--${name} ${value} is not a whole number`);
  process.env[name.toUpperCase()] = value;
}
const vitest = await startVitest('test', [], {
  config: 'vitest.differential.config.ts',
  watch: false,
});
await vitest.close();
