import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { HostEntry } from './entry.ts';
import { entryText, parseEntry } from './entry-text.ts';

/**
 * What entries have in common. Frozen: entries that were deflated with it can't be read without. What is most
 * frequent is at its end.
 */
const DICTIONARY = Buffer.from(
  '"openSUSE Leap 15."AlmaLinux 9."Rocky Linux 9.Red Hat Enterprise Linux 9.Microsoft Windows Server 2022 Standard' +
    'Proxmox VE 8.-pve"Alpine Linux v3."Ubuntu 22.04.Ubuntu 24.04.1 LTS"Debian GNU/Linux 13 (trixie)' +
    '"Debian GNU/Linux 12 (bookworm)","6.8.0--generic","5.15.0--generic","6.12.-amd64","6.1.0--amd64","arm64",' +
    '"Neoverse-N1""AMD Ryzen AMD EPYC -Core Processor","Intel(R) Core(TM) i7-Intel(R) Xeon(R) Gold CPU @ 2.GHz"' +
    ',"x64","kvm","vmware","hyperv","qemu","test",null,null,null,"0.1.0",1048576,' +
    '{"role":"team":"owner":"site":"env":"dev"env":"staging"env":"prod"}' +
    '{"first":17,"last":17,"bytes":1,"facts":[["-4-8-9-a-bweb-db-0-1","vms":[["",0,0,1,1073741824],["' +
    ',0,0,2,2147483648],["","",0,0,4,4294967296],["stays":[["",0,null],["',
);

/** An item's 400 KB inflated: a bound against damage. */
const MAX_ENTRY_BYTES = 16 << 20;

/** An entry as the bytes of an item, without its host's name. A host with 10 VMs takes some 500 bytes. */
export function packEntry(entry: Omit<HostEntry, 'host'>): Uint8Array {
  return deflateRawSync(entryText(entry), { level: 9, dictionary: DICTIONARY });
}

/** Reads what `packEntry` made. Damage throws. */
export function unpackEntry(bytes: Uint8Array): Omit<HostEntry, 'host'> {
  const options = { dictionary: DICTIONARY, maxOutputLength: MAX_ENTRY_BYTES };
  return parseEntry(inflateRawSync(bytes, options).toString('utf8'));
}
