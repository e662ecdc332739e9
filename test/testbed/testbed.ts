import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The program that does it all. */
export const TESTBED_SCRIPT = fileURLToPath(new URL('hypervisor', import.meta.url));
/** Packages may have to be installed, and guests boot in some seconds. */
const COMMAND_TIMEOUT_MS = 10 * 60_000;
/** Longer than any order a test gives, a slow snapshot included. */
const VIRSH_TIMEOUT_MS = 60_000;
const POLL_MS = 200;

/** Where the testbed keeps its state. */
export const TESTBED_DIR = resolve(process.env['TESTBED_DIR'] ?? '/tmp/testbed');

/** Orders of the testbed: `hypervisor help` says what each does. */
export type Order =
  | readonly ['load', vm: string, kind: 'cpu' | 'mem' | 'disk' | 'net' | 'none']
  | readonly [
      'start' | 'shutdown' | 'destroy' | 'kill' | 'panic' | 'hang' | 'unhang' | 'pause' | 'resume',
      vm: string,
    ]
  | readonly ['migrate' | 'migrate-back', vm: string, mibPerSecond: string, keep?: 'keep']
  | readonly ['stop-daemon' | 'start-daemon' | 'peer-up' | 'status'];

/** A real libvirtd with this many guests, booted: vm1, vm2 ... Waits while another process has one. */
export async function up(guestCount: number): Promise<void> {
  await waitFor('the testbed is free', COMMAND_TIMEOUT_MS, async () =>
    (await takeTestbed()) ? true : undefined,
  );
  await run('up', String(guestCount));
}

/** Ends the guests and the libvirtd of `up`. Safe to call when nothing is up. */
export async function down(): Promise<void> {
  if ((await holder()) !== process.pid && (await isTaken())) return;
  await run('down');
  await rm(LOCK, { force: true });
}

/** Who uses the testbed: a process, by its number. */
const LOCK = `${TESTBED_DIR}.lock`;

async function takeTestbed(): Promise<boolean> {
  if ((await holder()) === process.pid) return true;
  if (await isTaken()) return false;
  await rm(LOCK, { force: true });
  const content = String(process.pid);
  return writeFile(LOCK, content, { flag: 'wx' }).then(
    () => true,
    () => false,
  );
}

async function holder(): Promise<number | undefined> {
  const text = await readFile(LOCK, 'utf8').catch(() => '');
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** By a process that is alive. */
async function isTaken(): Promise<boolean> {
  const pid = await holder();
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Gives an order and waits until it has taken effect. Rejects with what the testbed says is wrong. */
export async function command(...order: Order): Promise<string> {
  return run(...order.flatMap((word) => word ?? []));
}

async function run(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(TESTBED_SCRIPT, args, {
    timeout: COMMAND_TIMEOUT_MS,
  });
  return stdout;
}

/** What an operator does by hand on the first host, such as `virsh('suspend', 'vm1')`. */
export async function virsh(...args: string[]): Promise<string> {
  const all = ['-q', '-c', 'qemu:///system', ...args];
  const { stdout } = await promisify(execFile)('virsh', all, { timeout: VIRSH_TIMEOUT_MS });
  return stdout;
}

/** The pid of a running guest's process; `sockets`: of which host. */
export async function processOf(vm: string, sockets = '/run/libvirt'): Promise<number> {
  const pid = Number.parseInt(await readFile(join(sockets, 'qemu', `${vm}.pid`), 'utf8'), 10);
  if (!Number.isInteger(pid)) throw new Error(`${vm} has no process`);
  return pid;
}

/** Looks again and again until `probe` finds something; throws after `timeoutMs`, naming `what`. */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  probe: () => Promise<T | undefined>,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (performance.now() > deadlineMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await sleep(POLL_MS);
  }
}
