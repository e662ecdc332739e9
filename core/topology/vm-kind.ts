/**
 * What a sample of `vm_state` says of a VM, in the few kinds that matter here. `busy`: paused for a
 * job that will let it go on. `off`: on purpose, by its guest or by an operator. `off_unknown`:
 * libvirt cannot say why, as after a boot of the host. `failed`: libvirt gave it up.
 */
export const VM_KINDS = [
  'running',
  'suspended',
  'leaving',
  'busy',
  'paused',
  'ioerror',
  'hung',
  'panicked',
  'crashed',
  'failed',
  'off',
  'migrated',
  'off_unknown',
] as const;

export type VmKind = (typeof VM_KINDS)[number];

/** It ended without being asked to. */
export type CrashKind = Extract<VmKind, 'crashed' | 'panicked' | 'failed'>;

/** The agent's word for a VM whose process answers no more, whatever libvirt still says of it. */
const HUNG = 'hung';

const PAUSED: Readonly<Record<string, VmKind>> = {
  user: 'paused',
  api_error: 'paused',
  unknown: 'paused',
  ioerror: 'ioerror',
  // The guest stopped feeding its watchdog, which then paused it.
  watchdog: 'hung',
  crashed: 'panicked',
  post_copy_failed: 'failed',
  migrating: 'busy',
  saving: 'busy',
  dumping: 'busy',
  from_snapshot: 'busy',
  shutting_down: 'busy',
  creating_snapshot: 'busy',
  starting_up: 'busy',
  post_copy: 'busy',
};

const OFF: Readonly<Record<string, VmKind>> = {
  shutdown: 'off',
  destroyed: 'off',
  saved: 'off',
  from_snapshot: 'off',
  migrated: 'migrated',
  crashed: 'crashed',
  failed: 'failed',
  // libvirtd started anew, could not talk to the VM's process and killed it: nobody asked for that.
  daemon: 'failed',
};

/**
 * The kind of a `vm_state` sample; `undefined` for a state that says nothing (0, or one unknown to
 * us). Source: libvirt-domain.h, virDomainState and virDomain*Reason; `reason` in virsh's words.
 */
export function vmKind(state: number, reason: string): VmKind | undefined {
  if (reason === HUNG) return 'hung';
  switch (state) {
    case 1:
      return reason === 'post_copy_failed' ? 'busy' : 'running';
    case 2:
      return 'running';
    case 3:
      return PAUSED[reason] ?? 'paused';
    case 4:
      return 'leaving';
    case 5:
      return OFF[reason] ?? 'off_unknown';
    case 6:
      return reason === 'panicked' ? 'panicked' : 'crashed';
    case 7:
      return 'suspended';
    default:
      return undefined;
  }
}

const ALIVE: ReadonlySet<VmKind> = new Set([
  'running',
  'suspended',
  'leaving',
  'paused',
  'ioerror',
  'hung',
]);

/**
 * Its process is there and this host is the VM's own. Not so for one that is `busy`: the far end of
 * a migration shows it too.
 */
export function isAlive(kind: VmKind): boolean {
  return ALIVE.has(kind);
}

/** Off because somebody wanted it, or gone to another host. */
export function isOffOnPurpose(kind: VmKind): boolean {
  return kind === 'off' || kind === 'migrated';
}

export function isCrash(kind: VmKind): kind is CrashKind {
  return kind === 'crashed' || kind === 'panicked' || kind === 'failed';
}
