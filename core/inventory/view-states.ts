/** `silent`: nothing is heard, and nobody said why. `gone`: not heard for seven days. */
export const HOST_VIEW_STATES = [
  'up',
  'silent',
  'stopped',
  'shutdown',
  'maintenance',
  'gone',
] as const;
export type HostViewState = (typeof HOST_VIEW_STATES)[number];

/**
 * As its host last told. `off`: for whatever reason. `unknown`: its host, or what runs its VMs, is not heard.
 * `gone`: nobody has it any more.
 */
export const VM_VIEW_STATES = [
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
  'unknown',
  'gone',
] as const;
export type VmViewState = (typeof VM_VIEW_STATES)[number];
