import type { Result } from '../../core/result.ts';
import { DOMAIN_JOB_STATS, type DomainRecord, JOB_TYPE, type JobStats } from './procedures.ts';
import type { RpcConnection, RpcError } from './rpc.ts';

/** Names of libvirt's operations by number, in snake case. Source: enum virDomainJobOperation. */
const OPERATIONS: readonly string[] = [
  'unknown',
  'start',
  'save',
  'restore',
  'migration_in',
  'migration_out',
  'snapshot',
  'snapshot_revert',
  'dump',
  'backup',
  'snapshot_delete',
];

/** A job libvirt does not tell the operation of; also one newer than the table above. */
const UNKNOWN_OPERATION = 'unknown';
const MIGRATION_IN = 'migration_in';

const PAUSED = 3;
const MIGRATING = 2;

/** What libvirt does with VMs, by UUID: an operation such as `backup`; those with no job are not in it. */
export type Jobs = ReadonlyMap<string, string>;

export interface JobsRead {
  readonly jobs: Jobs;
  /** Some calls are still under way: a VM got stuck between two questions. */
  readonly late: boolean;
}

/**
 * Asks for the job of each of these VMs, all in one round trip. A call may wait for its VM's process
 * or job lock, so only VMs that have just given their numbers should be asked.
 */
export async function readJobs(
  rpc: RpcConnection,
  records: readonly DomainRecord[],
  timeoutMs: number,
): Promise<JobsRead> {
  const answers = await Promise.all(
    records.map(async (record) => ({
      record,
      answer: await rpc.call(DOMAIN_JOB_STATS, record.domain, timeoutMs),
    })),
  );
  const jobs = new Map<string, string>();
  for (const { record, answer } of answers) {
    const operation = operationOf(record, answer);
    if (operation !== undefined) jobs.set(record.domain.uuid, operation);
  }
  const late = answers.some(({ answer }) => !answer.ok && answer.error.code === 'timeout');
  return { jobs, late };
}

/**
 * A job of a VM that libvirt does not answer for. While a VM is received its lock is held and its job
 * is not told, but its state is; `last` is what is known from before.
 */
export function untoldOperation(record: DomainRecord, last: string | undefined): string {
  return last ?? (isMigrating(record) ? MIGRATION_IN : UNKNOWN_OPERATION);
}

/** Paused for a migration: for the end of it on the host it leaves, from its start on the other. */
export function isMigrating({ params }: DomainRecord): boolean {
  return params.get('state.state') === PAUSED && params.get('state.reason') === MIGRATING;
}

function operationOf(record: DomainRecord, answer: Result<JobStats, RpcError>): string | undefined {
  if (!answer.ok) {
    // Refused on the host that receives it.
    const isIncoming = answer.error.code === 'libvirt' && isMigrating(record);
    return isIncoming ? MIGRATION_IN : undefined;
  }
  const { type, params } = answer.value;
  if (type !== JOB_TYPE.bounded && type !== JOB_TYPE.unbounded) return undefined;
  const operation = params.get('operation');
  return (typeof operation === 'number' ? OPERATIONS[operation] : undefined) ?? UNKNOWN_OPERATION;
}
