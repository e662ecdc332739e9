import { matchesHostPattern } from '../../core/host-pattern.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { EnrolmentToken } from '../store/enrolment-tokens.ts';
import type { HostClaim } from '../store/host-claims.ts';
import type { HostKey } from '../store/host-keys.ts';

/** Why no key was given; `status` is the HTTP status that says so. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 429 | 503;
  readonly code: string;
  readonly message: string;
  /** When to come again, for 429 and 503. */
  readonly retryAfterMs?: number;
}

/** What a host asks for: that the key with this hash be its key. */
export interface Wish {
  readonly host: string;
  readonly keyHash: string;
}

/** What became of it; `known` when the very same wish had been granted before. */
export interface Enrolment {
  readonly outcome: 'enrolled' | 'rotated' | 'known';
  readonly host: string;
  /** Until when the key before is good. */
  readonly oldKeyEndsAtMs?: number;
  /** Who let it in: an enrolment token's id, or `rotation`. */
  readonly by: string;
}

/** What enrolment needs of the world. */
export interface EnrolPorts {
  readonly nowMs: () => number;
  /** How long a replaced key goes on beside the new one. */
  readonly overlapMs: number;
  readonly readKey: (hash: string) => Promise<HostKey | undefined>;
  readonly readClaim: (host: string) => Promise<HostClaim | undefined>;
  /** On record. `false` when somebody was quicker. */
  readonly claim: (
    host: string,
    claim: HostClaim,
    before: HostClaim | undefined,
    by: string,
  ) => Promise<boolean>;
  /** `false` when the claim holds no more. */
  readonly carryOut: (host: string, claim: HostClaim, by: string) => Promise<boolean>;
  /** `false` when there is none left. */
  readonly takeUse: (token: EnrolmentToken, keyHash: string) => Promise<boolean>;
  readonly returnUse: (token: EnrolmentToken, keyHash: string) => Promise<void>;
}

/** Who let a host in that had exchanged its key. */
export const BY_ROTATION = 'rotation';
const CONTENDED_RETRY_MS = 1000;

/**
 * Gives a host its key for an enrolment token: takes a use of the token, claims the name, stores the
 * key, each in one conditional write. Broken off at any point, the same wish again does the rest.
 * It never gives two hosts one name, nor more keys than the token has uses. A use may be lost: when
 * it is broken off between the first two writes and another host takes one before it comes again.
 */
export async function enrolByToken(
  ports: EnrolPorts,
  token: EnrolmentToken,
  wish: Wish,
): Promise<Result<Enrolment, Refusal>> {
  const { host, keyHash } = wish;
  if (token.hosts !== undefined && !matchesHostPattern(token.hosts, host))
    return err(notMeant(token, host));
  const nowMs = ports.nowMs();
  const before = await ports.readClaim(host);
  if (before?.keyHash === keyHash && !before.isRevoked && !token.isRevoked)
    return settle(ports, 'known', host, before, token.id);
  const isPaid = token.lastFor === keyHash;
  const ended = endOf(token, isPaid, nowMs);
  if (ended !== undefined) return err(ended);
  if (before !== undefined && !token.mayReEnrol && (await isTaken(ports, before)))
    return err(hostTaken(host, before));
  if ((await ports.readKey(keyHash)) !== undefined) return err(keyUsedBefore());
  if (!isPaid && !(await ports.takeUse(token, keyHash))) return err(usedUp(token));
  const claim: HostClaim = {
    keyHash,
    claimedAtMs: nowMs,
    isRevoked: false,
    ...(before === undefined ? {} : { replaced: { keyHash: before.keyHash, endsAtMs: nowMs } }),
  };
  if (!(await claimed(ports, host, claim, before, token.id))) {
    await ports.returnUse(token, keyHash);
    return err(contended(host));
  }
  return settle(ports, 'enrolled', host, claim, token.id);
}

/**
 * Gives a host another key for the one it has. Both are good for the overlap. Only the newest key
 * may do so: one that was replaced could be in others' hands.
 */
export async function rotateByKey(
  ports: EnrolPorts,
  current: HostKey,
  wish: Wish,
): Promise<Result<Enrolment, Refusal>> {
  const { host, keyHash } = wish;
  const nowMs = ports.nowMs();
  if (current.kind !== 'host' || current.name !== host) {
    return err({
      status: 403,
      code: 'wrong_host',
      message: `this key is of the ${current.kind} "${current.name}" and can't be exchanged for one of host "${host}"`,
    });
  }
  const before = await ports.readClaim(host);
  const isSame = before?.keyHash === keyHash && before.replaced?.keyHash === current.hash;
  if (isSame && !before.isRevoked) return settle(ports, 'known', host, before, BY_ROTATION);
  if (before?.keyHash !== current.hash || before.isRevoked) {
    return err({
      status: 409,
      code: 'not_newest',
      message: `host "${host}" has a newer key than this one; only the newest can be exchanged`,
    });
  }
  if ((await ports.readKey(keyHash)) !== undefined) return err(keyUsedBefore());
  const claim: HostClaim = {
    keyHash,
    claimedAtMs: nowMs,
    isRevoked: false,
    replaced: { keyHash: current.hash, endsAtMs: nowMs + ports.overlapMs },
  };
  if (!(await claimed(ports, host, claim, before, BY_ROTATION))) return err(contended(host));
  return settle(ports, 'rotated', host, claim, BY_ROTATION);
}

/** A claim that was refused may be our own: written, but its answer lost, and so written again. */
async function claimed(
  ports: EnrolPorts,
  host: string,
  claim: HostClaim,
  before: HostClaim | undefined,
  by: string,
): Promise<boolean> {
  if (await ports.claim(host, claim, before, by)) return true;
  const there = await ports.readClaim(host);
  return there?.keyHash === claim.keyHash && !there.isRevoked;
}

async function settle(
  ports: EnrolPorts,
  outcome: Enrolment['outcome'],
  host: string,
  claim: HostClaim,
  by: string,
): Promise<Result<Enrolment, Refusal>> {
  if (!(await ports.carryOut(host, claim, by))) return err(contended(host));
  const oldKeyEndsAtMs = claim.replaced?.endsAtMs;
  return ok({ outcome, host, by, ...(oldKeyEndsAtMs === undefined ? {} : { oldKeyEndsAtMs }) });
}

/** Has the name an owner? One who claimed it and was gone before there was a key, has not. */
async function isTaken(ports: EnrolPorts, claim: HostClaim): Promise<boolean> {
  return claim.isRevoked || (await ports.readKey(claim.keyHash)) !== undefined;
}

function endOf(token: EnrolmentToken, isPaid: boolean, nowMs: number): Refusal | undefined {
  if (token.isRevoked)
    return { status: 403, code: 'token_revoked', message: `${token.id} was revoked` };
  if (token.expiresAtMs <= nowMs) {
    const message = `${token.id} expired at ${new Date(token.expiresAtMs).toISOString()}: make another token`;
    return { status: 403, code: 'token_expired', message };
  }
  return token.usesLeft < 1 && !isPaid ? usedUp(token) : undefined;
}

function usedUp({ id, uses }: EnrolmentToken): Refusal {
  const hosts = uses === 1 ? '1 host' : `${uses} hosts`;
  const message = `${id} was for ${hosts}, and as many have enrolled with it: make another token`;
  return { status: 403, code: 'token_used_up', message };
}

function notMeant({ id, hosts }: EnrolmentToken, host: string): Refusal {
  const message = `${id} enrols hosts named "${hosts}" only, and this one is "${host}": give it another name (--host), or make a token for it`;
  return { status: 403, code: 'host_not_meant', message };
}

function hostTaken(host: string, { isRevoked }: HostClaim): Refusal {
  const why = isRevoked ? 'had keys that were revoked' : 'has a key already';
  return {
    status: 409,
    code: 'host_taken',
    message: `host "${host}" ${why}: give this one another name, exchange the key it has (--rotate), or use a token made with --re-enrol`,
  };
}

function keyUsedBefore(): Refusal {
  return {
    status: 409,
    code: 'key_used_before',
    message: 'this key has been in use before: make a new one',
  };
}

function contended(host: string): Refusal {
  return {
    status: 503,
    code: 'contended',
    message: `somebody else changes the key of host "${host}" right now`,
    retryAfterMs: CONTENDED_RETRY_MS,
  };
}
