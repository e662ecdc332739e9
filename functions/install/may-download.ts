import { err, ok, type Result } from '../../core/result.ts';
import type { Table } from '../store/dynamo.ts';
import { readEnrolmentToken } from '../store/enrolment-tokens.ts';
import { ownerOfKey } from '../store/host-keys.ts';
import { type Credential, type Refusal, unauthorized } from './http.ts';

/**
 * May one with this credential have the release's files? A host with a key may, and one with a token
 * that could still enrol it; downloading takes no use of the token. A host that took a token's last
 * use has its key, or the agent with which it gets that key.
 */
export async function mayDownload(
  table: Table,
  { kind, secret }: Credential,
  nowMs: number,
): Promise<Result<void, Refusal>> {
  if (kind === 'token') return tokenMayDownload(table, secret, nowMs);
  const owner = await ownerOfKey(table, secret, nowMs);
  if (owner === undefined)
    return err(unauthorized('this key is not known here: enrol again, with a token'));
  if (owner.kind === 'host') return ok(undefined);
  const message = `this key is of the sender "${owner.name}", which has no agent`;
  return err({ status: 403, code: 'not_a_host', message });
}

async function tokenMayDownload(
  table: Table,
  secret: string,
  nowMs: number,
): Promise<Result<void, Refusal>> {
  const token = await readEnrolmentToken(table, secret);
  if (token === undefined)
    return err(unauthorized('this enrolment token is not known here: make one'));
  const { id, uses, usesLeft, expiresAtMs, isRevoked } = token;
  if (isRevoked) return err({ status: 403, code: 'token_revoked', message: `${id} was revoked` });
  if (expiresAtMs <= nowMs) {
    const message = `${id} expired at ${new Date(expiresAtMs).toISOString()}: make another token`;
    return err({ status: 403, code: 'token_expired', message });
  }
  if (usesLeft < 1) {
    const message = `${id} has enrolled all of its ${uses} ${uses === 1 ? 'host' : 'hosts'}: make another token`;
    return err({ status: 403, code: 'token_used_up', message });
  }
  return ok(undefined);
}
