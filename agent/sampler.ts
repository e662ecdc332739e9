import { metricNamed } from '../core/catalogue/catalogue.ts';
import { roundTo } from '../core/catalogue/metric.ts';
import { type Labels, labelsFrom, METRIC_NAME } from '../core/series/labels.ts';
import type { CollectorRunner } from './collector-runner.ts';
import type { Measurement } from './collectors/collector.ts';
import { Measurements } from './collectors/measurements.ts';
import type { Log } from './log.ts';
import type { Point, Sample } from './sample.ts';

/**
 * Series of one sample. 10,000 x 6 samples x 2 bytes = 120 KB in a host-minute, within the 400 KB
 * that one item of the table holds: some 450 VMs.
 */
const SERIES_MAX = 10_000;

/** Not in any label that came from UTF-8, so no two sets of labels share a key. */
const SEPARATOR = '\ud800';

export interface SamplerOptions {
  readonly host: string;
  readonly version: string;
  readonly batchIntervalMs: number;
  readonly runner: CollectorRunner;
  /** CPU time of this process so far, seconds. */
  readonly cpuSeconds: () => number;
  readonly residentBytes: () => number;
  /** Counts samples that are lost, by reason. */
  readonly dropped: Map<string, number>;
  readonly log: Log;
}

/** Makes samples: runs the collectors, adds the agent's own numbers, and marks series that ended. */
export class Sampler {
  readonly #options: SamplerOptions;
  /** Labels by key of the series in the sample before: what is missing now has ended. */
  #present = new Map<string, Labels>();

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  /** The sample of an instant (whole ms since 1970). Takes as long as the slowest collector. */
  async sample(timestampMs: number): Promise<Sample> {
    const cpuBefore = this.#options.cpuSeconds();
    const runs = await this.#options.runner.runAll(timestampMs);
    const out = new Measurements();
    for (const run of runs) out.list.push(...run.measurements);
    out.add('hypervigil_agent_info', 1, { version: this.#options.version });
    for (const { collector, up } of runs) {
      out.add('hypervigil_agent_collector_up', up ? 1 : 0, { collector });
    }
    this.#addSelf(out, this.#options.cpuSeconds() - cpuBefore);
    return { timestampMs, points: this.#points(out.list) };
  }

  #addSelf(out: Measurements, sampleCpuSeconds: number): void {
    const { batchIntervalMs, residentBytes, dropped } = this.#options;
    out.add('hypervigil_agent_batch_interval_seconds', batchIntervalMs / 1000);
    out.add('hypervigil_agent_sample_cpu_seconds', sampleCpuSeconds);
    out.add('hypervigil_agent_resident_memory_bytes', residentBytes());
    for (const [reason, count] of dropped) {
      out.add('hypervigil_agent_samples_dropped_total', count, { reason });
    }
  }

  #points(measurements: readonly Measurement[]): readonly Point[] {
    const points: Point[] = [];
    const present = new Map<string, Labels>();
    for (const measurement of measurements) {
      const key = keyOf(measurement);
      if (present.has(key)) {
        this.#drop('duplicate', `two values for one series: ${key.replaceAll(SEPARATOR, ' ')}`);
      } else if (present.size >= SERIES_MAX) {
        this.#drop('too_many_series', `more than ${SERIES_MAX} series in one sample`);
      } else {
        const labels = this.#present.get(key) ?? this.#labelsOf(measurement);
        present.set(key, labels);
        points.push({ key, labels, value: rounded(measurement) });
      }
    }
    for (const [key, labels] of this.#present) {
      if (!present.has(key)) points.push({ key, labels, value: 'ended' });
    }
    this.#present = present;
    return points;
  }

  #labelsOf({ name, labels }: Measurement): Labels {
    const all: Record<string, string> = { [METRIC_NAME]: name, host: this.#options.host };
    // Names from the system may be any bytes; a chunk holds Unicode text only.
    for (const [label, value] of Object.entries(labels)) all[label] = value.toWellFormed();
    return labelsFrom(all);
  }

  #drop(reason: string, what: string): void {
    const count = this.#options.dropped.get(reason) ?? 0;
    if (count === 0) this.#options.log(`samples dropped: ${what}`);
    this.#options.dropped.set(reason, count + 1);
  }
}

function keyOf({ name, labels }: Measurement): string {
  let key: string = name;
  for (const label in labels) key += SEPARATOR + label + SEPARATOR + labels[label];
  return key;
}

function rounded({ name, value }: Measurement): number {
  const metric = metricNamed(name);
  return metric === undefined ? value : roundTo(metric.resolution, value);
}
