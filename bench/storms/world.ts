import { type Labels, labelsFrom, METRIC_NAME } from '../../core/series/labels.ts';

/**
 * A small world of hosts and VMs in which something happens. What an agent measures at an instant
 * follows from it, so that any monitor can be given the very same world.
 */
export interface World {
  readonly name: string;
  /** What happens, for a table. */
  readonly what: string;
  /** Messages that a person wants of it; absent where nobody can say. */
  readonly wanted?: number;
  readonly minutes: number;
  readonly hosts: Readonly<Record<string, HostStory>>;
}

/** Minutes are since the beginning of the world, and may be fractions. */
export interface HostStory {
  /** `silent`: no agent runs. `no_libvirt`: it runs, and libvirt does not answer it. Absent: all is well. */
  readonly mode?: (minute: number) => HostMode;
  /** What its libvirt says of each VM; `undefined`: it does not have it. */
  readonly vms: Readonly<Record<string, (minute: number) => VmNow | undefined>>;
  /** When its agent says that it stops. That it is silent from then on, and for how long, `mode` says. */
  readonly goodbyes?: readonly { readonly minute: number; readonly reason: StopReason }[];
  /** It runs and cannot be reached from `[0]` to `[1]`: its agent keeps the samples and sends them later. */
  readonly cutOff?: readonly [number, number];
  /** By how much the batch of a host-minute is late, ms; a scrape is never late. */
  readonly lateMs?: (hostMinute: number) => number;
}

type HostMode = 'up' | 'silent' | 'no_libvirt';
type StopReason = 'stopped' | 'shutdown';

export interface VmNow {
  /** libvirt's number and its reason in virsh's words, as `vm_state` has them. */
  readonly state: number;
  readonly reason: string;
  /** The libvirt job on it. */
  readonly job?: string;
  /** Absent: 20 where it runs, none elsewhere. */
  readonly cpuPercent?: number;
}

/** What one series has at an instant. */
export interface Reading {
  readonly labels: Labels;
  readonly value: number;
}

/** When each world begins, ms since 1970: a full minute. */
export const WORLD_START_MS = 1_700_000_040_000;

/** Between two samples of an agent: its default. */
export const SAMPLE_MS = 10_000;

/** What the collectors of a host's agent read at an instant; `undefined` where no agent runs. */
export function readingsAt(host: string, story: HostStory, minute: number): Reading[] | undefined {
  const mode = story.mode?.(minute) ?? 'up';
  if (mode === 'silent') return undefined;
  const readings: Reading[] = [];
  const add = (name: string, value: number, labels: Readonly<Record<string, string>> = {}) =>
    readings.push({ labels: labelsFrom({ ...labels, host, [METRIC_NAME]: name }), value });
  add('hypervigil_agent_collector_up', mode === 'up' ? 1 : 0, { collector: 'libvirt' });
  add('hypervigil_agent_batch_interval_seconds', 60);
  add('host_cpu_usage_percent', 35);
  add('host_memory_usage_percent', 70);
  add('host_memory_available_bytes', 64 * 2 ** 30);
  if (mode === 'no_libvirt') return readings;
  for (const [vm, life] of Object.entries(story.vms)) {
    const now = life(minute);
    if (now === undefined) continue;
    const identity = { vm, uuid: `uuid-of-${vm}` };
    const runs = now.state === 1;
    add('vm_state', now.state, { ...identity, reason: now.reason });
    add('vm_up', runs ? 1 : 0, identity);
    if (now.job !== undefined) add('vm_job_active', 1, { ...identity, operation: now.job });
    const cpuPercent = now.cpuPercent ?? 20;
    if (runs && now.reason !== 'hung') add('vm_cpu_usage_percent', cpuPercent, identity);
  }
  return readings;
}

/** Can the host be reached from outside? */
export function isReachable({ cutOff }: HostStory, minute: number): boolean {
  return cutOff === undefined || minute < cutOff[0] || minute >= cutOff[1];
}

/** Is a minute within one of these spans, the end excluded? */
export function within(minute: number, ...spans: readonly (readonly [number, number])[]): boolean {
  return spans.some(([from, to]) => minute >= from && minute < to);
}

/** A repeatable source of numbers from 0 to 1, 1 excluded. Source: mulberry32, Tommy Ettinger, public domain. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
