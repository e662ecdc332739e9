import { isMigrating, type Jobs, untoldOperation } from './domain-jobs.ts';
import { CONTROL_STATE, DOMAIN_CONTROL_INFO, type DomainRecord } from './procedures.ts';
import type { RpcConnection } from './rpc.ts';

/**
 * An answer takes a QEMU some ms, but seconds where the host is overloaded or a snapshot is taken:
 * such a VM lacks some numbers for a moment, and nobody should be told that it hangs. Less than the
 * usual interval, so that the second sample that waits for it says so.
 */
export const HUNG_AFTER_MS = 8000;

/** Running, blocked, paused, being shut down, crashed, suspended: those with a process. */
const STATES_WITH_PROCESS: ReadonlySet<number> = new Set([1, 2, 3, 4, 6, 7]);

/** What is wrong with VMs that gave no numbers. */
export interface Verdict {
  /** UUIDs of those whose process leaves a command of libvirt unanswered. */
  readonly hung: ReadonlySet<string>;
  /** Those libvirt has a job with, hung or not; its operation is the last one known. */
  readonly jobs: Jobs;
}

/** Has the VM a process that could be asked something? */
export function hasProcess({ params }: DomainRecord): boolean {
  const state = params.get('state.state');
  return typeof state === 'number' && STATES_WITH_PROCESS.has(state);
}

/** Has its process answered in these statistics? Each of these fields only it can tell. */
export function hasAnswered({ params }: DomainRecord): boolean {
  return params.has('balloon.rss') || params.has('block.0.rd.reqs');
}

/**
 * Finds out why VMs give no numbers. libvirt says how long a command to a VM's process awaits its
 * answer, but not while it runs a job on that VM: then it says only since when the job runs, and
 * the silence is measured here. A libvirtd that was restarted counts anew, so a VM that hung does so
 * until it answers.
 */
export class SilentDomains {
  /** By UUID: when a VM with a job was first seen silent. */
  #sinceMs = new Map<string, number>();
  /** UUIDs of those that hung when they were last judged. */
  #hung: ReadonlySet<string> = new Set();

  /** Did it hang when it was last judged? */
  isHung(uuid: string): boolean {
    return this.#hung.has(uuid);
  }

  /** Judges all VMs that are silent at `atMs`, on a clock that never goes back. */
  async judge(
    rpc: RpcConnection,
    silent: readonly DomainRecord[],
    lastJobs: Jobs,
    atMs: number,
    leftMs: () => number,
  ): Promise<Verdict> {
    const uuids = silent.map(({ domain }) => domain.uuid);
    const hung = new Set(uuids.filter((uuid) => this.#hung.has(uuid)));
    const jobs = new Map<string, string>();
    const sinceMs = new Map<string, number>();
    for (const record of silent) {
      const { domain } = record;
      const info = await rpc.call(DOMAIN_CONTROL_INFO, domain, leftMs());
      if (!info.ok && info.error.code !== 'libvirt') break; // else: that VM has just gone
      if (!info.ok) continue;
      const { state, stateMs } = info.value;
      if (state === CONTROL_STATE.occupied && stateMs >= HUNG_AFTER_MS) hung.add(domain.uuid);
      if (state === CONTROL_STATE.job || isMigrating(record)) {
        jobs.set(domain.uuid, untoldOperation(record, lastJobs.get(domain.uuid)));
      }
      if (state !== CONTROL_STATE.job) continue;
      const firstMs = this.#sinceMs.get(domain.uuid) ?? atMs;
      sinceMs.set(domain.uuid, firstMs);
      if (atMs - firstMs >= HUNG_AFTER_MS) hung.add(domain.uuid);
    }
    this.#sinceMs = sinceMs;
    this.#hung = hung;
    return { hung, jobs };
  }
}
