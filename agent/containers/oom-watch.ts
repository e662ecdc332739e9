import type { HostFiles } from '../proc/host-files.ts';

/** A container notes its end a little earlier or later than the kernel notes the kill. */
const TOLERANCE_MS = 1000;

/**
 * Knows when the kernel last killed something on this host for want of memory, in a container or not,
 * to within the time between two looks. Source: oom_kill in /proc/vmstat (Linux 4.13 and newer).
 */
export class OomWatch {
  readonly #files: HostFiles;
  #kills: number | undefined;
  #lookedAtMs: number | undefined;
  #rise: { readonly afterMs: number; readonly beforeMs: number } | undefined;

  constructor(files: HostFiles) {
    this.#files = files;
  }

  /** At this instant, ms since 1970. */
  look(nowMs: number): void {
    if (this.#lookedAtMs === nowMs) return;
    const kills = this.#read();
    if (kills !== undefined && this.#kills !== undefined && kills > this.#kills) {
      this.#rise = { afterMs: this.#lookedAtMs ?? nowMs, beforeMs: nowMs };
    }
    this.#kills = kills;
    this.#lookedAtMs = nowMs;
  }

  /** Was something killed at about this time? Remembers the last rise of the counter only. */
  killedAt(atMs: number): boolean {
    const rise = this.#rise;
    if (rise === undefined) return false;
    return atMs >= rise.afterMs - TOLERANCE_MS && atMs <= rise.beforeMs + TOLERANCE_MS;
  }

  #read(): number | undefined {
    const cursor = this.#files.readIfThere('/proc/vmstat');
    if (cursor === undefined || cursor.done) return undefined;
    do {
      if (cursor.take('oom_kill ')) return cursor.number();
    } while (cursor.nextLine());
    return undefined;
  }
}
