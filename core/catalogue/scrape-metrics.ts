import type { Metric } from './metric.ts';

const SOURCE = ['job', 'instance'] as const;

/**
 * Metrics about numbers of other programs, which keep their own names: of scraped addresses (`job` as
 * configured, `instance` host and port), text files (`textfile`, the file) and commands (`exec`, the
 * command's name).
 */
export const SCRAPE_METRICS = [
  {
    name: 'hypervigil_scrape_up',
    unit: 'state',
    help: '1 when the last reading of the source gave its numbers, 0 when it failed; `agent check` says why.',
    labels: SOURCE,
    source: 'the agent',
    resolution: 1,
  },
  {
    name: 'hypervigil_scrape_series_count',
    unit: 'count',
    help: 'Series taken from the source.',
    labels: SOURCE,
    source: 'the agent',
    resolution: 1,
  },
  {
    name: 'hypervigil_scrape_series_left_out_count',
    unit: 'count',
    help: 'Series of the source that were left out: more than its bound, or a name of our own. Those its filter leaves out do not count. No series while it is 0.',
    labels: SOURCE,
    source: 'the agent',
    resolution: 1,
  },
  {
    name: 'hypervigil_scrape_age_seconds',
    unit: 'seconds',
    help: 'Age of a text file: how long ago it was written. Alert on it where a job should write one regularly.',
    labels: SOURCE,
    source: 'the agent: time of the last change of the file',
    resolution: 10,
  },
] as const satisfies readonly Metric[];
