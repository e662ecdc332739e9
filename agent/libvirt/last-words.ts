import type { DomainRef } from './procedures.ts';
import type { DomainReading } from './vm-measurements.ts';

/** A VM that somebody has let go is no trouble any more after so long. */
const KEEP_MS = 60 * 60_000;
const KEEP_MAX_COUNT = 1000;

/** virDomainState, and of its reasons: see state-reason.ts. */
const PAUSED = 3;
const SHUT_OFF = 5;
const CRASHED = 3;
/** Paused for a migration or for its start: not yet, or no more, this host's own. */
const PAUSED_ON_THE_WAY: ReadonlySet<number> = new Set([2, 11, 12, 13]);
const ALIVE_STATES: ReadonlySet<number> = new Set([1, 2, 3, 7]);

/**
 * libvirt forgets a transient VM as it ends, and says only in the event about it that its process has
 * died. So that the VM has crashed, and not just gone, is remembered here for an hour, or until libvirt
 * has the VM again.
 */
export class LastWords {
  readonly #monotonicMs: () => number;
  /** By UUID. */
  readonly #crashed = new Map<string, { readonly name: string; readonly atMs: number }>();

  /** `monotonicMs` never goes back. */
  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** An event says that this VM's process has died; `last` is what was read of it before that. */
  note({ uuid, name }: DomainRef, last: DomainReading | undefined): void {
    if (last === undefined || !wasAtHome(last)) return;
    const [oldest] = this.#crashed.keys();
    if (oldest !== undefined && this.#crashed.size >= KEEP_MAX_COUNT) this.#crashed.delete(oldest);
    this.#crashed.set(uuid, { name, atMs: this.#monotonicMs() });
  }

  /** What libvirt tells of its VMs, with those that it has forgotten. */
  with(readings: readonly DomainReading[]): readonly DomainReading[] {
    if (this.#crashed.size === 0) return readings;
    const nowMs = this.#monotonicMs();
    for (const { stats } of readings) this.#crashed.delete(stats.uuid);
    for (const [uuid, { atMs }] of this.#crashed)
      if (nowMs - atMs >= KEEP_MS) this.#crashed.delete(uuid);
    return [
      ...readings,
      ...[...this.#crashed].map(([uuid, { name }]) => crashed(uuid, name, nowMs)),
    ];
  }
}

/** A migration that fails ends the VM where it was to go, which is not a crash. */
function wasAtHome({ stats: { state, reason }, job }: DomainReading): boolean {
  if (state === PAUSED && PAUSED_ON_THE_WAY.has(reason)) return false;
  return ALIVE_STATES.has(state) && job !== 'migration_in';
}

function crashed(uuid: string, name: string, atMs: number): DomainReading {
  const stats = {
    ...{ uuid, name, runId: -1, state: SHUT_OFF, reason: CRASHED },
    ...{ cpuTimeNs: undefined, vcpuCount: undefined, vcpuDelayNs: undefined },
    balloon: {
      ...{ currentKib: undefined, availableKib: undefined, usableKib: undefined },
      ...{ rssKib: undefined, lastUpdateSeconds: undefined },
    },
    disks: [],
    nics: [],
  };
  return { stats, hung: false, job: undefined, atMs };
}
