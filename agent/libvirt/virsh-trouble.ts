import type { RpcError } from './rpc.ts';

/**
 * Why VMs could not be read: as `RpcError`, or of a virsh.
 * - `no_virsh`: it is not installed; - `no_driver`: it does not know this kind of hypervisor;
 * - `login`: the other side wants a key or password; - `host_key`: ssh does not know the other side;
 * - `certificate`: a TLS certificate is missing or not believed; - `unreachable`: nobody is there.
 */
export interface ReadError {
  readonly code:
    | RpcError['code']
    | 'no_virsh'
    | 'no_driver'
    | 'login'
    | 'host_key'
    | 'certificate'
    | 'unreachable';
  readonly message: string;
}

/** What virsh, libvirt, ssh and GnuTLS say; the first that fits. */
const SIGNS: readonly (readonly [RegExp, ReadError['code']])[] = [
  [/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/i, 'host_key'],
  [/no connection driver available|unable to handle URI|no .*driver.* for URI/i, 'no_driver'],
  [/certificate|\bTLS\b/i, 'certificate'],
  [
    /Permission denied \(|publickey|authentication (?:failed|cancelled|unavailable)|Authentication|incorrect user ?name or password|password/i,
    'login',
  ],
  [/Permission denied|access denied|Operation not permitted/i, 'denied'],
  [/No such file or directory.*sock|sock.*No such file or directory/i, 'unreachable'],
  [
    /Connection refused|Connection reset|Connection timed out|No route to host|Network is unreachable|lookup for host|resolve host|unable to connect|Connection closed/i,
    'unreachable',
  ],
];

/** From what virsh complained about. */
export function virshTrouble(stderr: string, exitCode: number | undefined): ReadError {
  const lines = stderr.split('\n').map((line) => line.replace(/^error: /, '').trim());
  const told = lines.filter((line) => line !== '' && !/^failed to connect to the hyp/i.test(line));
  const message = told.join('; ').slice(0, 300) || `exit code ${exitCode ?? 'none'}`;
  const [, code] = SIGNS.find(([sign]) => sign.test(stderr)) ?? [undefined, 'libvirt' as const];
  return { code, message: `virsh: ${message}` };
}

/** What to do about it. `user` is who runs the agent. */
export function mendOf({ code }: ReadError, uri: string | undefined, user: string): string {
  const command = uri === undefined ? '' : `virsh -r -c '${uri}' list --all`;
  switch (code) {
    case 'denied':
      return 'let the user of the agent read: its group as unix_sock_group in libvirtd.conf, or root';
    case 'refused':
      return 'start libvirtd (or virtqemud)';
    case 'timeout':
      return uri === undefined
        ? 'libvirtd does not answer: look at its log, restart it'
        : `see how long this takes, as ${user}: ${command}`;
    case 'closed':
      return 'libvirtd closes the connection: look at its log';
    case 'protocol':
      return 'something else than libvirtd answers there';
    case 'libvirt':
      return uri === undefined
        ? 'libvirtd answers with this error: look at its log'
        : `try it by hand, as ${user}: ${command}`;
    case 'absent':
      return 'start libvirtd (or virtqemud), or take libvirt.uri out of the configuration';
    case 'no_virsh':
      return 'install virsh: libvirt-clients on Debian and Ubuntu, libvirt-client on Fedora and RHEL';
    case 'no_driver':
      return 'correct libvirt.uri, or install the driver of libvirt for that hypervisor';
    case 'login':
      return `let ${user} in without a password: an ssh key (?keyfile=PATH in the address), or ?authfile=PATH; then try ${command}`;
    case 'host_key':
      return `as ${user}, connect once by ssh and accept the key, or add it with ssh-keyscan to known_hosts (?known_hosts=PATH in the address)`;
    case 'certificate':
      return 'put the CA and client certificates where libvirt looks (/etc/pki), or name their folder: ?pkipath=PATH in the address';
    case 'unreachable':
      return `see if that host and its libvirt are up and let through: ${command}`;
  }
}
