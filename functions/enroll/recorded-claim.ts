import { isoTime } from '../../core/time.ts';
import type { AuditedChange, AuditLog } from '../store/audit-log.ts';
import type { Table } from '../store/dynamo.ts';
import { claimHost, type HostClaim } from '../store/host-claims.ts';
import { idOfHostKey } from '../store/host-keys.ts';
import { BY_ROTATION, type EnrolPorts } from './enroll.ts';

/**
 * Claims names on record: that a host got a key is in the audit log before it is so. Two writes an enrolment,
 * $0.0000013. What was refused before it came to a claim is in the function's log only: without end, if somebody
 * likes to try.
 */
export function recordedClaim(
  table: Table,
  audit: Pick<AuditLog, 'record'>,
  sourceIp: string,
): EnrolPorts['claim'] {
  return (host, wanted, before, by) =>
    audit.record(
      changeOf(host, wanted, { before, by, sourceIp }),
      () => claimHost(table, host, wanted, before),
      (isClaimed) => (isClaimed ? undefined : 'another change came first'),
    );
}

interface Circumstances {
  readonly before: HostClaim | undefined;
  readonly by: string;
  readonly sourceIp: string;
}

function changeOf(
  host: string,
  { keyHash, replaced }: HostClaim,
  { before, by, sourceIp }: Circumstances,
): AuditedChange {
  const isRotation = by === BY_ROTATION;
  return {
    who: isRotation ? host : by,
    action: isRotation ? 'key.rotate' : 'host.enrol',
    subject: host,
    ...(before === undefined
      ? {}
      : { before: { key: idOfHostKey(before.keyHash), isRevoked: before.isRevoked } }),
    after: {
      key: idOfHostKey(keyHash),
      address: sourceIp,
      ...(replaced === undefined ? {} : { oldKeyEndsAt: isoTime(replaced.endsAtMs) }),
    },
  };
}
