import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Table } from './dynamo.ts';
import { type EnrolmentToken, enrolmentTokenOf } from './enrolment-tokens.ts';
import { claimAnew, readClaim } from './host-claims.ts';
import {
  type HostKey,
  hasEnded,
  hashHostKey,
  hostKeyOf,
  newHostKey,
  putHostKey,
} from './host-keys.ts';
import { ENROLMENT_TOKEN_PARTITION, HOST_KEY_PARTITION } from './item-keys.ts';
import { endHostKeys } from './key-endings.ts';
import { partitionItems } from './partition-items.ts';

/** All keys of hosts and senders, ended ones too for 90 days. Reads them all: for a person's command. */
export function listHostKeys(table: Table): Promise<readonly HostKey[]> {
  return readPartition(table, HOST_KEY_PARTITION, hostKeyOf);
}

/** All enrolment tokens, ended ones too for 30 days. */
export function listEnrolmentTokens(table: Table): Promise<readonly EnrolmentToken[]> {
  return readPartition(table, ENROLMENT_TOKEN_PARTITION, enrolmentTokenOf);
}

/**
 * Makes another key for a host or sender that has one, and ends the others after the overlap, in
 * which both are good. `undefined` for a name that has no key.
 */
export async function rotateHostKey(
  table: Table,
  owner: string,
  nowMs: number,
  overlapMs: number,
): Promise<string | undefined> {
  const living = await livingKeys(table, owner, nowMs);
  const kind = living[0]?.kind;
  if (kind === undefined) return undefined;
  // A host and a sender of one name have nothing to do with each other.
  const current = living.filter((each) => each.kind === kind);
  const key = newHostKey();
  const hash = hashHostKey(key);
  await putHostKey(table, { hash, name: owner, kind, createdAtMs: nowMs, by: 'rotation' });
  if (kind === 'host')
    await claimAnew(table, owner, { keyHash: hash, claimedAtMs: nowMs, isRevoked: false });
  const old = current.map((each) => each.hash);
  await endHostKeys(table, old, nowMs + overlapMs, nowMs);
  return key;
}

/**
 * Ends all keys of a host or sender now, and says how many. The host's name stays taken: who has an
 * enrolment token can't come back under it, unless the token may re-enrol.
 */
export async function revokeHostKeys(table: Table, owner: string, nowMs: number): Promise<number> {
  const claim = await readClaim(table, owner);
  // First, so that no rotation under way slips through.
  if (claim !== undefined) await claimAnew(table, owner, { ...claim, isRevoked: true });
  const living = await livingKeys(table, owner, nowMs);
  const hashes = living.map(({ hash }) => hash);
  // Also if none is left: perhaps they ended before, and nobody could be told.
  await endHostKeys(table, hashes, nowMs, nowMs);
  return living.length;
}

/**
 * Ends one key now. Is it its host's newest, the name stays taken, as after `revokeHostKeys`. If it fails, do it
 * again: perhaps nobody knows yet.
 */
export async function revokeHostKey(table: Table, key: HostKey, nowMs: number): Promise<void> {
  const claim = key.kind === 'host' ? await readClaim(table, key.name) : undefined;
  if (claim?.keyHash === key.hash) await claimAnew(table, key.name, { ...claim, isRevoked: true });
  await endHostKeys(table, [key.hash], nowMs, nowMs);
}

async function livingKeys(table: Table, owner: string, nowMs: number): Promise<readonly HostKey[]> {
  const all = await listHostKeys(table);
  return all.filter((key) => key.name === owner && !hasEnded(key, nowMs));
}

async function readPartition<T>(
  table: Table,
  partition: string,
  read: (item: Readonly<Record<string, AttributeValue>>) => T,
): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of partitionItems(table, partition)) found.push(read(item));
  return found;
}
