import type { Result } from '../../core/result.ts';
import type { Enrolment, Refusal } from './enroll.ts';
import type { EnrolRequest } from './http.ts';

/** One line of the log: who asked for what, and what came of it. No secret, nor a part of one. */
export interface AuditRecord {
  /** ISO 8601. */
  readonly timestamp: string;
  readonly level: 'INFO' | 'WARN';
  readonly event: 'host_enrolled' | 'host_enrolment_refused';
  readonly host: string;
  readonly sourceIp: string;
  /** How: `enrolled`, `rotated`, `known`, or why not. */
  readonly outcome: string;
  /** The token's id, or `rotation`; of those that were let in. */
  readonly by?: string;
  readonly message?: string;
}

/**
 * What the log is told of. Nothing where nothing was decided: an unknown token (anyone can send
 * those, without end), and one who is to come again.
 */
export function auditOf(
  { wish, sourceIp }: EnrolRequest,
  result: Result<Enrolment, Refusal>,
  nowMs: number,
): AuditRecord | undefined {
  const common = { timestamp: new Date(nowMs).toISOString(), host: wish.host, sourceIp };
  if (result.ok) {
    const { outcome, by } = result.value;
    return { ...common, level: 'INFO', event: 'host_enrolled', outcome, by };
  }
  const { status, code, message } = result.error;
  if (status === 401 || status === 429 || status === 503) return undefined;
  return { ...common, level: 'WARN', event: 'host_enrolment_refused', outcome: code, message };
}
