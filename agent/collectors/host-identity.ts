import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What tells two machines, or two agents under one name, apart. Empty where it is not known. */
export interface HostIdentity {
  /** A fingerprint of the machine-id: the same on two hosts when one is a copy of the other. */
  readonly machine: string;
  /** A fingerprint of the kernel's boot id: another one after each start of the system. */
  readonly boot: string;
}

/**
 * Letters of base64url, 6 bits each. They can't be compressed and go along with every batch, so there
 * are no more than needed: 48 bits, which 2 of 10,000 hosts share by chance once in 5 million fleets;
 * and 24 bits, compared only among the boots of one host.
 */
export const MACHINE_LETTERS = 8;
const BOOT_LETTERS = 4;

/** Anything but zeros and what systemd writes into an image before its first boot. */
const MACHINE_ID = /^(?!0{32}$)[0-9a-f]{32}$/;

/** Files that hold the machine-id; D-Bus' own is of systems without systemd. */
const MACHINE_ID_FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id'];

/**
 * The identity of the host whose file tree is at `rootDir`; `systemUuid` is asked for where there is
 * no machine-id, as on Windows.
 */
export async function readHostIdentity(
  rootDir: string,
  systemUuid: () => Promise<string>,
): Promise<HostIdentity> {
  const machineId = (await readMachineId(rootDir)) ?? (await systemUuid()).trim();
  const bootId = await readText(join(rootDir, '/proc/sys/kernel/random/boot_id'));
  return {
    machine: fingerprint(machineId, MACHINE_LETTERS),
    boot: fingerprint(bootId, BOOT_LETTERS),
  };
}

async function readMachineId(rootDir: string): Promise<string | undefined> {
  for (const file of MACHINE_ID_FILES) {
    const text = await readText(join(rootDir, file));
    if (MACHINE_ID.test(text)) return text;
  }
  return undefined;
}

/**
 * The id itself is to be kept to the machine, so what leaves it is keyed by it and made for this use
 * only. '' of ''. Source: machine-id(5).
 */
export function fingerprint(id: string, letters: number): string {
  if (id === '') return '';
  return createHmac('sha256', id).update('hypervigil').digest('base64url').slice(0, letters);
}

/** '' for a file that is not there or can't be read. */
async function readText(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return '';
  }
}
