import type { AlertBoard } from '../../core/answers/alert-board.ts';
import type { HostViewState, VmViewState } from '../../core/inventory/view-states.ts';
import { ask } from '../api/client.ts';
import { type Polled, usePolled } from '../api/poll.ts';
import type { AlertRule } from '../chart/thresholds.ts';

/** A host as `/api/v1/hosts` has it; times are ISO 8601. */
export interface Host {
  readonly host: string;
  readonly state: HostViewState;
  readonly silentSince?: string;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly os?: string;
  readonly kernel?: string;
  readonly arch?: string;
  readonly cpu?: string;
  readonly virtualization?: string;
  readonly hypervisor?: string;
  readonly agentVersion?: string;
  readonly cpuCount?: number;
  readonly memoryBytes?: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly formerNames: readonly string[];
  readonly vms: { readonly running: number; readonly other: number };
}

/** A VM as `/api/v1/vms` has it; times are ISO 8601. */
export interface Vm {
  readonly uuid: string;
  readonly name: string;
  readonly formerNames: readonly string[];
  readonly host?: string;
  readonly state: VmViewState;
  readonly stateSince?: string;
  readonly alsoOn: readonly { readonly host: string; readonly state: VmViewState }[];
  readonly vcpus?: number;
  readonly memoryBytes?: number;
  readonly hypervisor?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly placements?: readonly Placement[];
}

/** A time on a host; without an end it is there still. */
export interface Placement {
  readonly host: string;
  readonly from: string;
  readonly to?: string;
}

/** A warm function reads the state of the evaluator and, once a minute at most, the inventory. */
const EVERY_MS = 30_000;
/** Rules change with a deployment or an edit. */
const RULES_EVERY_MS = 5 * 60_000;
const HISTORY_EVERY_MS = 5 * 60_000;

/** A host by its name; `undefined` in the answer: there is none, and was none. */
export function useHost(name: string): Polled<{ readonly host: Host | undefined }> {
  const load = async (signal: AbortSignal) => {
    const list = (query: Record<string, string>) =>
      ask<{ readonly hosts: readonly Host[] }>('api/v1/hosts', { query, signal });
    const { hosts } = await list({ name });
    const here = hosts.find(({ host }) => host === name);
    // Those that are gone cost more to look through: only where it is not among the others.
    if (here !== undefined) return { host: here };
    const gone = await list({ name, state: 'gone' });
    return { host: gone.hosts.find(({ host }) => host === name) };
  };
  return usePolled(name === '' ? '' : `host ${name}`, load, EVERY_MS);
}

/** A VM by its UUID, as it is; `undefined` in the answer: nobody has it (any more). */
export function useVm(uuid: string): Polled<{ readonly vm: Vm | undefined }> {
  const load = async (signal: AbortSignal) => ({ vm: await vmOf(uuid, {}, signal) });
  return usePolled(uuid === '' ? '' : `vm ${uuid}`, load, EVERY_MS);
}

/** A VM by its UUID with where it was, one that is gone included: looks through all that is kept of hosts. */
export function useVmHistory(uuid: string): Polled<{ readonly vm: Vm | undefined }> {
  const load = async (signal: AbortSignal) => ({
    vm: await vmOf(uuid, { history: 'true' }, signal),
  });
  return usePolled(uuid === '' ? '' : `vm history ${uuid}`, load, HISTORY_EVERY_MS);
}

async function vmOf(
  uuid: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Vm | undefined> {
  const { vms } = await ask<{ readonly vms: readonly Vm[] }>('api/v1/vms', {
    query: { name: uuid, ...query },
    signal,
  });
  return vms.find((vm) => vm.uuid === uuid);
}

/** The VMs that a host has. */
export function useVmsOf(host: string): Polled<{ readonly vms: readonly Vm[] }> {
  const load = (signal: AbortSignal) =>
    ask<{ readonly vms: readonly Vm[] }>('api/v1/vms', { query: { host }, signal });
  return usePolled(host === '' ? '' : `vms of ${host}`, load, EVERY_MS);
}

/** The rules that alert, for the thresholds in them. */
export function useAlertRules(): readonly AlertRule[] {
  const load = async (signal: AbortSignal) => {
    const query = { type: 'alert', exclude_alerts: 'true' };
    const { groups } = await ask<{
      readonly groups: readonly { readonly rules: readonly AlertRule[] }[];
    }>('api/v1/rules', { query, signal });
    return groups.flatMap(({ rules }) => rules);
  };
  return usePolled('alert rules', load, RULES_EVERY_MS).data ?? NO_RULES;
}

const NO_RULES: readonly AlertRule[] = [];

/** Has it been answered, be it by a failure? */
export function isSettled({ data, failure }: Polled<unknown>): boolean {
  return data !== undefined || failure !== undefined;
}

/** The alerts there are of something, by a label: reads the state of the evaluator. */
export function useAlertsOf(label: 'host' | 'uuid', value: string): Polled<AlertBoard> {
  const filter = `${label}=${JSON.stringify(value)}`;
  const load = (signal: AbortSignal) =>
    ask<AlertBoard>('api/v1/alerts/board', { query: { filter }, signal });
  return usePolled(value === '' ? '' : `alerts of ${filter}`, load, EVERY_MS);
}
