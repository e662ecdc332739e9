import { metricNamed } from '../core/catalogue/catalogue.ts';
import { roundTo } from '../core/catalogue/metric.ts';
import { type Labels, labelsFrom, METRIC_NAME } from '../core/series/labels.ts';
import type { CollectorRun, CollectorRunner } from './collector-runner.ts';
import type { Measurement } from './collectors/collector.ts';
import { Measurements } from './collectors/measurements.ts';
import { Completeness } from './completeness.ts';
import type { Log } from './log.ts';
import type { Point, Sample } from './sample.ts';
import type { StopReason } from './stop-reason.ts';

/**
 * Series of one sample. 10,000 x 6 samples x 2 bytes = 120 KB in a host-minute, within the 400 KB
 * that one item of the table holds: some 450 VMs.
 */
const SERIES_MAX = 10_000;

/** Not in any label that came from UTF-8, so no two sets of labels share a key. */
const SEPARATOR = '\ud800';

/** Whose the numbers about the agent itself are. No collector has a name without letters. */
const SELF = '';

/** A series of the sample before. */
interface Known {
  readonly labels: Labels;
  readonly collector: string;
}

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
  /** The instant of the last sample of earlier runs, as far as that is known. */
  readonly earlierMs: number | undefined;
  /** Are there minutes that are over and not with the server? */
  readonly isBehind: () => boolean;
  readonly log: Log;
}

/** Makes samples: runs the collectors, adds the agent's own numbers, and marks series that ended. */
export class Sampler {
  readonly #options: SamplerOptions;
  /**
   * By key: the series that have not ended. What is missing now has, unless its collector failed:
   * nobody knows then. At most `SERIES_MAX` for each collector.
   */
  #known = new Map<string, Known>();
  readonly #completeness: Completeness;

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.#completeness = new Completeness(options);
  }

  /** The sample of an instant (whole ms since 1970). Takes as long as the slowest collector. */
  async sample(timestampMs: number): Promise<Sample> {
    const cpuBefore = this.#options.cpuSeconds();
    const runs = await this.#options.runner.runAll(timestampMs);
    const out = new Measurements();
    out.add('hypervigil_agent_info', 1, { version: this.#options.version });
    for (const { collector, status } of runs) {
      if (status === 'absent') continue;
      out.add('hypervigil_agent_collector_up', status === 'up' ? 1 : 0, { collector });
    }
    this.#addSelf(out, this.#options.cpuSeconds() - cpuBefore);
    const completeSeconds = this.#completeness.next(timestampMs, runs);
    out.add('hypervigil_agent_complete_seconds', completeSeconds);
    const self: CollectorRun = { collector: SELF, status: 'up', measurements: out.list };
    return { timestampMs, points: this.#points([...runs, self]) };
  }

  /** The last sample: only that the agent ends, and why. The other series don't: they are unknown from here on. */
  farewell(timestampMs: number, reason: StopReason): Sample {
    const out = new Measurements();
    out.add('hypervigil_agent_stopped', 1, { reason });
    return { timestampMs, points: out.list.map((measurement) => this.#pointOf(measurement)) };
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

  #points(runs: readonly CollectorRun[]): readonly Point[] {
    const points: Point[] = [];
    const present = new Map<string, Known>();
    for (const { collector, measurements } of runs) {
      for (const measurement of measurements) {
        const key = keyOf(measurement);
        if (present.has(key)) {
          this.#drop('duplicate', `two values for one series: ${key.replaceAll(SEPARATOR, ' ')}`);
        } else if (present.size >= SERIES_MAX) {
          this.#drop('too_many_series', `more than ${SERIES_MAX} series in one sample`);
        } else {
          const point = this.#pointOf(measurement, key);
          present.set(key, { labels: point.labels, collector });
          points.push(point);
        }
      }
    }
    const failed = new Set(
      runs.filter(({ status }) => status === 'failed').map((run) => run.collector),
    );
    for (const [key, known] of this.#known) {
      if (present.has(key)) continue;
      if (failed.has(known.collector)) present.set(key, known);
      else points.push({ key, labels: known.labels, value: 'ended' });
    }
    this.#known = present;
    return points;
  }

  #pointOf(measurement: Measurement, key = keyOf(measurement)): Point {
    const labels = this.#known.get(key)?.labels ?? this.#labelsOf(measurement);
    return { key, labels, value: rounded(measurement) };
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
