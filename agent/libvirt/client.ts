import { statSync } from 'node:fs';
import { join } from 'node:path';
import { err, type Result } from '../../core/result.ts';
import { AUTH_LIST, AUTH_POLKIT, AUTH_TYPE, CONNECT_OPEN, OPEN_READ_ONLY } from './procedures.ts';
import { connectRpc, type RpcConnection, type RpcError } from './rpc.ts';

/**
 * Where a host's read-only socket may be: the QEMU daemon's own first, since on a host that has it
 * the other is only a proxy for it.
 */
export const READ_ONLY_SOCKETS: readonly string[] = [
  '/run/libvirt/virtqemud-sock-ro',
  '/run/libvirt/libvirt-sock-ro',
  '/var/run/libvirt/virtqemud-sock-ro',
  '/var/run/libvirt/libvirt-sock-ro',
];

/** The system's QEMU/KVM VMs. */
export const SYSTEM_URI = 'qemu:///system';

/** Those of one user, whose daemon has sockets for that user alone. */
export const SESSION_URI = 'qemu:///session';

/** Where the sockets of a user's own daemon are. `runtimeDir`: `$XDG_RUNTIME_DIR`, if it is set. */
export function sessionSockets(runtimeDir: string | undefined, uid: number): readonly string[] {
  const folder = join(runtimeDir || `/run/user/${uid}`, 'libvirt');
  return [join(folder, 'virtqemud-sock'), join(folder, 'libvirt-sock')];
}

/**
 * An authenticated read-only connection through the first of the sockets that gives one. The error
 * is `absent` only if none of the sockets exists; else it is the first other one. `timeoutMs`
 * bounds each of the steps.
 */
export async function openLibvirt(
  sockets: readonly string[],
  timeoutMs: number,
  uri = SYSTEM_URI,
): Promise<Result<RpcConnection, RpcError>> {
  let failure: RpcError | undefined;
  for (const path of sockets) {
    if (isMissing(path)) continue;
    const opened = await openSocket(path, timeoutMs, uri);
    if (opened.ok) return opened;
    if (opened.error.code !== 'absent') failure ??= opened.error;
  }
  return err(failure ?? { code: 'absent', message: 'no socket of libvirt' });
}

/** Looking costs a fiftieth of trying to connect, and a host without VMs does it for every sample. */
function isMissing(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    // May not be seen: connecting tells why.
    return false;
  }
}

async function openSocket(
  path: string,
  timeoutMs: number,
  uri: string,
): Promise<Result<RpcConnection, RpcError>> {
  const connected = await connectRpc(path, timeoutMs);
  if (!connected.ok) return err(at(path, connected.error));
  const failure = await greet(connected.value, timeoutMs, uri);
  if (failure === undefined) return connected;
  connected.value.close();
  return err(at(path, failure));
}

function at(path: string, { code, message }: RpcError): RpcError {
  return { code, message: `${path}: ${message}` };
}

async function greet(
  connection: RpcConnection,
  timeoutMs: number,
  uri: string,
): Promise<RpcError | undefined> {
  const auth = await connection.call(AUTH_LIST, undefined, timeoutMs);
  if (!auth.ok) return auth.error;
  if (auth.value.includes(AUTH_TYPE.polkit)) {
    const allowed = await connection.call(AUTH_POLKIT, undefined, timeoutMs);
    if (!allowed.ok) return { code: 'denied', message: allowed.error.message };
  } else if (!auth.value.includes(AUTH_TYPE.none)) {
    return { code: 'denied', message: 'reading needs a password (auth_unix_ro is "sasl")' };
  }
  const args = { uri, flags: OPEN_READ_ONLY };
  const opened = await connection.call(CONNECT_OPEN, args, timeoutMs);
  return opened.ok ? undefined : opened.error;
}
