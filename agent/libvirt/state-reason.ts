/**
 * Names of libvirt's reasons by state and number: virsh's words, in snake case. Source: the enums
 * virDomain*Reason of libvirt-domain.h.
 */
const REASONS: Readonly<Record<number, readonly string[]>> = {
  0: ['unknown'],
  // running
  1: [
    'unknown',
    'booted',
    'migrated',
    'restored',
    'from_snapshot',
    'unpaused',
    'migration_canceled',
    'save_canceled',
    'event_wakeup',
    'crashed',
    'post_copy',
    'post_copy_failed',
  ],
  // blocked
  2: ['unknown'],
  // paused
  3: [
    'unknown',
    'user',
    'migrating',
    'saving',
    'dumping',
    'ioerror',
    'watchdog',
    'from_snapshot',
    'shutting_down',
    'creating_snapshot',
    'crashed',
    'starting_up',
    'post_copy',
    'post_copy_failed',
    'api_error',
  ],
  // being shut down
  4: ['unknown', 'user'],
  // shut off
  5: [
    'unknown',
    'shutdown',
    'destroyed',
    'crashed',
    'migrated',
    'saved',
    'failed',
    'from_snapshot',
    'daemon',
  ],
  // crashed, its process still there
  6: ['unknown', 'panicked'],
  // suspended by the guest's power management
  7: ['unknown'],
};

/** The reason of a VM whose process answers no more. Not libvirt's: it goes on saying "booted". */
export const HUNG_REASON = 'hung';

/** The value of the label `reason`; `unknown` too for a number newer than this table. */
export function stateReason(state: number, reason: number): string {
  return REASONS[state]?.[reason] ?? 'unknown';
}
