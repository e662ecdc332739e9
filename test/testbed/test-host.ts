import { execFile } from 'node:child_process';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Order, processOf, TESTBED_DIR, TESTBED_SCRIPT } from './testbed.ts';

const TIMEOUT_MS = 10 * 60_000;

/**
 * One of many hosts on this machine: a libvirtd with guests and sockets that the others do not see, in
 * a mount namespace of its own. Its guests have no control groups, so libvirt tells no CPU time, and no
 * counters of their network.
 */
export class TestHost {
  /** The folder that an agent of this host sees as /run/libvirt. */
  readonly sockets: string;
  /** Of its second libvirtd, after `peer-up`. */
  readonly peerSockets: string;
  readonly #dir: string;

  constructor(name: string) {
    this.#dir = `${TESTBED_DIR}-${name}`;
    this.sockets = join(this.#dir, 'run');
    this.peerSockets = join(this.#dir, 'peer', 'run');
  }

  /** Starts it with guests vm1, vm2 ...; what another host has learned already is taken over from it. */
  async up(guestCount: number, from?: TestHost): Promise<void> {
    await mkdir(this.sockets, { recursive: true });
    await mkdir('/run/libvirt', { recursive: true });
    // The kernel's modules first: where there is a kernel, all of it is there.
    for (const part of ['boot/modules', 'boot/vmlinuz']) await this.#take(part, TESTBED_DIR);
    if (from !== undefined) await this.#take('libvirt/cache', from.#dir);
    await this.#run(TESTBED_SCRIPT, 'up', String(guestCount));
  }

  async command(...order: Order): Promise<void> {
    await this.#run(TESTBED_SCRIPT, ...order.flatMap((word) => word ?? []));
  }

  /** What an operator does by hand. */
  async virsh(...args: readonly string[]): Promise<string> {
    return this.#run('virsh', '-q', '-c', 'qemu:///system', ...args);
  }

  /** Where the files of its guests are. */
  get vmsDir(): string {
    return join(this.#dir, 'vms');
  }

  /** The definition of a guest, to define it again. */
  definitionOf(vm: string): string {
    return join(this.vmsDir, `${vm}.xml`);
  }

  /** Ends a guest's process, as a crash would, at once. */
  async crash(vm: string): Promise<void> {
    process.kill(await processOf(vm, this.sockets), 'SIGKILL');
  }

  async down(): Promise<void> {
    await this.#run(TESTBED_SCRIPT, 'down');
    await rm(this.#dir, { recursive: true, force: true });
  }

  /** What takes long to make and is the same everywhere; where it is not there it is made. */
  async #take(path: string, from: string): Promise<void> {
    const target = join(this.#dir, path);
    await cp(join(from, path), target, { recursive: true }).catch(() =>
      rm(target, { recursive: true, force: true }),
    );
  }

  async #run(...command: readonly string[]): Promise<string> {
    // Control groups are named after guests, and those of all hosts are called the same.
    const script =
      'mount --bind "$0" /run/libvirt; umount -Rl /sys/fs/cgroup 2>/dev/null || true; exec "$@"';
    const args = ['--mount', 'bash', '-ec', script, this.sockets, ...command];
    const { stdout } = await promisify(execFile)('unshare', args, {
      timeout: TIMEOUT_MS,
      env: { ...process.env, TESTBED_DIR: this.#dir, TESTBED_NET: 'user' },
    });
    return stdout;
  }
}
