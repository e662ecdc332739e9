/** A state as `vm_state` has it: libvirt's number and reason. */
export interface VmState {
  readonly state: number;
  readonly reason: string;
}

const NO_STATE: VmState = { state: 0, reason: 'unknown' };
const RUNNING: VmState = { state: 1, reason: 'unknown' };
const OFF = 5;

/** Hyper-V's word for a VM it had to stop since its storage is gone or full: "Paused-Critical". */
const PAUSED_FOR_STORAGE: VmState = { state: 3, reason: 'ioerror' };

/**
 * EnabledState of a VM by number. Both CIM's own numbers and those above 32767, which older versions
 * give. Sources: Microsoft, Msvm_ComputerSystem and its RequestStateChange; the driver of libvirt for
 * Hyper-V (hyperv_wmi.c), except that a VM without vCPUs that run is not called running here.
 */
const STATES: ReadonlyMap<number, VmState> = new Map([
  [2, RUNNING],
  [4, { state: 4, reason: 'user' }],
  [6, { state: OFF, reason: 'saved' }],
  [9, { state: 3, reason: 'user' }],
  [10, { state: 3, reason: 'starting_up' }],
  [32768, { state: 3, reason: 'user' }],
  [32769, { state: OFF, reason: 'saved' }],
  [32770, { state: 3, reason: 'starting_up' }],
  [32771, RUNNING],
  [32773, { state: 3, reason: 'saving' }],
  [32774, { state: 4, reason: 'user' }],
  [32776, { state: 3, reason: 'user' }],
  [32777, { state: 3, reason: 'starting_up' }],
  [32779, { state: OFF, reason: 'saved' }],
  [32780, { state: 3, reason: 'saving' }],
  [32785, PAUSED_FOR_STORAGE],
]);

const ENABLED_STATE_OFF = 3;

/** HealthState from which something is badly wrong: 20 major failure, 25 critical failure. */
const HEALTH_FAILED = 20;

/**
 * The state of a VM. Why it is off Hyper-V does not tell with it: `offReason` does, from its log.
 */
export function vmStateOf(
  enabledState: number | undefined,
  healthState: number | undefined,
  offReason: string,
): VmState {
  if (enabledState === ENABLED_STATE_OFF) return { state: OFF, reason: offReason };
  const found = STATES.get(enabledState ?? 0) ?? NO_STATE;
  const isPaused = found.state === 3 && found.reason === 'user';
  return isPaused && (healthState ?? 0) >= HEALTH_FAILED ? PAUSED_FOR_STORAGE : found;
}

/** What the second number of OperationalStatus says is done with a VM. Source: Msvm_ComputerSystem. */
const OPERATIONS: ReadonlyMap<number, string> = new Map([
  [32768, 'snapshot'],
  [32769, 'snapshot_revert'],
  [32770, 'snapshot_delete'],
  [32774, 'migration_out'],
  [32776, 'backup'],
]);

/** As `vm_job_active` names it; `undefined` while nothing lasting is done. */
export function operationOf(operationalStatus: readonly number[]): string | undefined {
  for (const status of operationalStatus) {
    const operation = OPERATIONS.get(status);
    if (operation !== undefined) return operation;
  }
  return undefined;
}

/**
 * Events of the logs Hyper-V-Worker-Admin and Hyper-V-VMMS-Admin after which a VM is off, as libvirt's
 * reasons. Source: the event manifest, as Microsoft's OpenVMM names them (MSVM_HOST_STOP_SUCCESS ...).
 */
const OFF_EVENTS: ReadonlyMap<number, string> = new Map([
  // Turned off.
  [18502, 'destroyed'],
  // Shut down by the host through the integration service, and by the guest itself.
  [18504, 'shutdown'],
  [18508, 'shutdown'],
  // Hibernated.
  [18608, 'saved'],
  // Turned off as it could not recover from a critical error.
  [18528, 'crashed'],
  // Its worker process ended unexpectedly.
  [14070, 'crashed'],
]);

export const OFF_EVENT_IDS: readonly number[] = [...OFF_EVENTS.keys()];

/** Why a VM is off, by an event. */
export function offReasonOf(eventId: number): string {
  return OFF_EVENTS.get(eventId) ?? 'unknown';
}
