import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Where a process takes TCP connections. */
export interface ListeningSocket {
  /** `127.0.0.1`, or what the kernel writes for an IPv6 address. */
  readonly address: string;
  readonly port: number;
}

const LISTENS = '0A';

/** All TCP sockets, of IPv4 and IPv6, that a process listens on, as the kernel tells (Linux). */
export function listeningSockets(pid: number): readonly ListeningSocket[] {
  const inodes = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(targetOf(`/proc/${pid}/fd/${fd}`))?.[1];
    if (inode !== undefined) inodes.add(inode);
  }
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTENS && inodes.has(fields[9] ?? ''))
      .map((fields) => readLocal(fields[1] ?? '')),
  );
}

/** `0100007F:24FE`: four bytes in the machine's order, which is little-endian wherever we run. */
function readLocal(field: string): ListeningSocket {
  const [hex = '', port = ''] = field.split(':');
  const bytes = Buffer.from(hex, 'hex');
  const address = bytes.length === 4 ? [...bytes].reverse().join('.') : hex;
  return { address, port: Number.parseInt(port, 16) };
}

/** A file that was closed meanwhile points nowhere. */
function targetOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
