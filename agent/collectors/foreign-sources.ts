import { messageOf } from '../log.ts';
import { Background } from './background.ts';
import type { Collector, CollectorCheck } from './collector.ts';
import { type ForeignOptions, type ForeignSeries, readForeignSeries } from './foreign-series.ts';
import { Measurements } from './measurements.ts';

/** A program, near or far, that gives its numbers in the text format when it is asked. */
export interface ForeignSource extends ForeignOptions {
  readonly intervalMs: number;
  /** The page. Must end by itself in bounded time. */
  readonly read: () => Promise<string>;
}

/**
 * A collector of such sources. Each is read in its own time beside the samples, and its numbers stand
 * until it is read again. One that fails has `hypervigil_scrape_up` 0 and its series end, as with
 * Prometheus; the others do not notice. `mend` tells what to do about one that fails.
 */
export function createForeignCollector(
  name: string,
  sources: readonly ForeignSource[],
  monotonicMs: () => number,
  mend: string,
): Collector {
  const all = sources.map((source) => ({
    source,
    background: new Background(source.intervalMs, monotonicMs, () => readSource(source)),
  }));
  return {
    name,
    check: () => checkSources(name, sources, mend),
    async collect() {
      if (all.length === 0) return 'absent';
      const out = new Measurements();
      for (const { source, background } of all) {
        const latest = background.latest();
        if (latest.kind === 'none') continue;
        addSource(out, source, latest.kind === 'value' ? latest.value : undefined);
      }
      return out.list;
    },
    async close() {
      await Promise.all(all.map(({ background }) => background.settled()));
    },
  };
}

/** The series of a source and what there is to say of them; only that it is down where it gave none. */
export function addSource(
  out: Measurements,
  { job, instance }: Pick<ForeignOptions, 'job' | 'instance'>,
  series: ForeignSeries | undefined,
): void {
  const labels = { job, instance };
  out.add('hypervigil_scrape_up', series === undefined ? 0 : 1, labels);
  if (series === undefined) return;
  out.add('hypervigil_scrape_series_count', series.measurements.length, labels);
  if (series.leftOut > 0) {
    out.add('hypervigil_scrape_series_left_out_count', series.leftOut, labels);
  }
  for (const measurement of series.measurements) out.list.push(measurement);
}

/** How each source is, on one line. */
export function describeSources(
  findings: readonly { instance: string; found: ForeignSeries | { trouble: string } }[],
  mend: string,
): CollectorCheck {
  const sees = findings
    .map(({ instance, found }) =>
      'trouble' in found
        ? `${instance}: ${found.trouble}`
        : `${instance}: ${found.measurements.length} series${found.leftOut > 0 ? ` (${found.leftOut} left out)` : ''}`,
    )
    .join('; ');
  const isWell = findings.every(({ found }) => !('trouble' in found));
  return isWell ? { status: 'ok', sees } : { status: 'trouble', sees, mend };
}

async function checkSources(
  name: string,
  sources: readonly ForeignSource[],
  mend: string,
): Promise<CollectorCheck> {
  if (sources.length === 0) return { status: 'absent', sees: `nothing configured below ${name}` };
  const findings = await Promise.all(
    sources.map(async (source) => {
      const { instance } = source;
      try {
        return { instance, found: await readSource(source) };
      } catch (error) {
        return { instance, found: { trouble: messageOf(error) } };
      }
    }),
  );
  return describeSources(findings, mend);
}

async function readSource(source: ForeignSource): Promise<ForeignSeries> {
  return readForeignSeries(await source.read(), source);
}
