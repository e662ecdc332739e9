import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Table } from './dynamo.ts';
import { type HostClaim, readClaim } from './host-claims.ts';
import { itemKeyOf, putHostKey } from './host-keys.ts';
import { PARTITION_KEY, TTL_ATTRIBUTE } from './item-keys.ts';
import { mustBeTold, tellRevocation } from './revocations.ts';

/** So long one can still see in the list that there was a key, and when it ended. */
const KEEP_ENDED_MS = 90 * 86_400_000;

/**
 * Ends keys at a time, now or later, and tells those who remember them, if they may not ask again before. One
 * that ends sooner anyway, or is not there, stays as it is. If it fails, some may have ended and nobody knows:
 * do it again, which always tells, whether or not there is anything left to end.
 */
export async function endHostKeys(
  table: Table,
  hashes: readonly string[],
  endsAtMs: number,
  nowMs: number,
): Promise<void> {
  for (const hash of hashes) await endHostKey(table, hash, endsAtMs);
  if (mustBeTold(endsAtMs, nowMs)) await tellRevocation(table);
}

async function endHostKey({ client, name }: Table, hash: string, endsAtMs: number): Promise<void> {
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: name,
        Key: itemKeyOf(hash),
        UpdateExpression: 'SET endsAtMs = :end, #ttl = :ttl',
        ConditionExpression: `attribute_exists(${PARTITION_KEY}) AND (attribute_not_exists(endsAtMs) OR endsAtMs > :end)`,
        ExpressionAttributeNames: { '#ttl': TTL_ATTRIBUTE },
        ExpressionAttributeValues: {
          ':end': { N: String(endsAtMs) },
          ':ttl': { N: String(Math.ceil((endsAtMs + KEEP_ENDED_MS) / 1000)) },
        },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

/**
 * Does what a claim says: stores the host's newest key, then ends the one before. May be done again
 * and again; a key that has ended meanwhile stays ended. `false` when the claim holds no more by
 * then, and so neither does the key: looking after writing is what makes it certain that no key
 * outlives a revocation at the same moment, which writes the claim before it looks for keys.
 */
export async function carryOut(
  table: Table,
  host: string,
  { keyHash, claimedAtMs, replaced }: HostClaim,
  { by, nowMs }: { readonly by: string; readonly nowMs: number },
): Promise<boolean> {
  await putHostKey(table, {
    hash: keyHash,
    name: host,
    kind: 'host',
    createdAtMs: claimedAtMs,
    by,
  });
  const claim = await readClaim(table, host);
  if (claim?.keyHash !== keyHash || claim.isRevoked) {
    await endHostKeys(table, [keyHash], nowMs, nowMs);
    return false;
  }
  if (replaced !== undefined)
    await endHostKeys(table, [replaced.keyHash], replaced.endsAtMs, nowMs);
  return true;
}
