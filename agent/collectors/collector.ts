import type {
  AgentMetricName,
  ContainerMetricName,
  HostMetricName,
  VmMetricName,
} from '../../core/catalogue/catalogue.ts';

/** A name a collector may give a number to. A typo is a type error. */
export type MeasuredName = HostMetricName | AgentMetricName | VmMetricName | ContainerMetricName;

/** A name that another program chose for its own number, such as `node_load1`; none of the catalogue. */
export type ForeignName = string & { readonly foreign: true };

/** One number read from a source. */
export interface Measurement {
  readonly name: MeasuredName | ForeignName;
  /** Labels beside `__name__` and `host`; the sampler adds those. An empty value is an absent label. */
  readonly labels: Readonly<Record<string, string>>;
  /**
   * In the metric's unit. The sampler rounds to the catalogue's resolution. What was not measured
   * is left out: no 0 and no NaN stands for it.
   */
  readonly value: number;
}

/** What a collector can see on this machine, for `agent check`. */
export interface CollectorCheck {
  /** `absent`: there is nothing of the kind here, and nothing is wrong. `trouble`: it should work and doesn't. */
  readonly status: 'ok' | 'absent' | 'trouble';
  /** One line: what was found, such as "2 CPUs" or "3 disks: sda, sdb, nvme0n1". */
  readonly sees: string;
  /** One line: what to do about trouble, or how to get something that is absent. */
  readonly mend?: string;
}

/** What a collector is told of one sample. */
interface CollectContext {
  /** The instant the sample stands for, ms since 1970. */
  readonly nowMs: number;
  /** The time it has: what it gives later is thrown away. */
  readonly withinMs: number;
}

/**
 * One source of numbers. Collectors fail alone: whatever one throws costs only its own numbers. It
 * is never started again while an earlier `collect` still runs. A rate needs the reading before:
 * the collector keeps that itself, and gives no number at first sight or after a counter went back.
 */
export interface Collector {
  /** The `collector` label of `hypervigil_agent_collector_up`. Lower case, as in its file's name. */
  readonly name: string;
  check(): Promise<CollectorCheck>;
  /**
   * The numbers of this instant, in the catalogue's order. Rejects when the source cannot be read.
   * `absent`: so far there is none on this machine, which is neither its failure nor proof that what
   * it told of before a restart is gone.
   */
  collect(context: CollectContext): Promise<readonly Measurement[] | 'absent'>;
  /**
   * Tells of trouble as it happens, until `close`: the next sample should not be waited for. What it is
   * that sample says; no sample may rely on having been told. Called once at most.
   */
  watch?(onTrouble: () => void): void;
  /** Gives back what it holds (descriptors, sockets). */
  close?(): Promise<void>;
}
