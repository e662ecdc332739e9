import { metricNamed } from '../catalogue/catalogue.ts';

/**
 * What of a metric's samples must outlive them.
 * - `gauge`: how much it was on average;
 * - `state`: what it was, an average of states means nothing;
 * - `counter`: how much it rose, resets and all.
 */
export type RollupKind = 'gauge' | 'state' | 'counter';

/** By Prometheus' naming, which is all there is to go by of a metric that is not ours. */
const COUNTER_NAME = /_(?:total|sum|count|bucket)$/;
const STATE_NAME = /^(?:ALERTS|ALERTS_FOR_STATE|up)$|_(?:up|info|state|status)$/;

/** Which kind a metric is: of ours the catalogue says it, of others the name. */
export function rollupKindOf(name: string): RollupKind {
  const known = metricNamed(name);
  if (known === undefined) {
    if (COUNTER_NAME.test(name)) return 'counter';
    return STATE_NAME.test(name) ? 'state' : 'gauge';
  }
  if (known.unit === 'state' || known.unit === 'info') return 'state';
  return name.endsWith('_total') ? 'counter' : 'gauge';
}
