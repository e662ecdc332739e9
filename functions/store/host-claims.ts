import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Table } from './dynamo.ts';
import { HOST_CLAIM_PARTITION, PARTITION_KEY, SORT_KEY } from './item-keys.ts';
import { checkVersion } from './item-version.ts';

/** A key that makes way for another. */
interface Replaced {
  readonly keyHash: string;
  readonly endsAtMs: number;
}

/**
 * Who may call itself by a host's name. It is written before the key itself, in one conditional
 * write, so that of two who want one name one gets it; all that is to follow can be made from it, by
 * whoever comes again.
 */
export interface HostClaim {
  /** The host's newest key. */
  readonly keyHash: string;
  readonly claimedAtMs: number;
  /** The key before, if this one took its place. */
  readonly replaced?: Replaced;
  /** Someone took the host's keys away. The name is not free for all that. */
  readonly isRevoked: boolean;
}

/** `undefined` for a name that never had a key. */
export async function readClaim(
  { client, name }: Table,
  host: string,
): Promise<HostClaim | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: name, Key: itemKeyOf(host), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : claimOf(Item, host);
}

/**
 * Claims a name if its claim is still the one that was read (`undefined`: none). `false` when
 * somebody was quicker.
 */
export async function claimHost(
  { client, name }: Table,
  host: string,
  claim: HostClaim,
  before: HostClaim | undefined,
): Promise<boolean> {
  try {
    await client.send(
      new PutItemCommand({
        TableName: name,
        Item: itemOf(host, claim),
        ...(before === undefined
          ? { ConditionExpression: `attribute_not_exists(${PARTITION_KEY})` }
          : {
              ConditionExpression: 'keyHash = :key AND claimedAtMs = :at AND isRevoked = :revoked',
              ExpressionAttributeValues: {
                ':key': { S: before.keyHash },
                ':at': { N: String(before.claimedAtMs) },
                ':revoked': { BOOL: before.isRevoked },
              },
            }),
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** Claims a name whatever is there: for who runs the deployment. */
export async function claimAnew(
  { client, name }: Table,
  host: string,
  claim: HostClaim,
): Promise<void> {
  await client.send(new PutItemCommand({ TableName: name, Item: itemOf(host, claim) }));
}

function itemKeyOf(host: string): Record<string, AttributeValue> {
  return { [PARTITION_KEY]: { S: HOST_CLAIM_PARTITION }, [SORT_KEY]: { S: host } };
}

function itemOf(
  host: string,
  { keyHash, claimedAtMs, replaced, isRevoked }: HostClaim,
): Record<string, AttributeValue> {
  return {
    ...itemKeyOf(host),
    keyHash: { S: keyHash },
    claimedAtMs: { N: String(claimedAtMs) },
    isRevoked: { BOOL: isRevoked },
    ...(replaced === undefined
      ? {}
      : {
          replacedHash: { S: replaced.keyHash },
          replacedEndsAtMs: { N: String(replaced.endsAtMs) },
        }),
  };
}

function claimOf(item: Readonly<Record<string, AttributeValue>>, host: string): HostClaim {
  checkVersion(item);
  const keyHash = item['keyHash']?.S;
  if (keyHash === undefined) throw new Error(`${HOST_CLAIM_PARTITION}/${host}: without a key`);
  const replacedHash = item['replacedHash']?.S;
  return {
    keyHash,
    claimedAtMs: Number(item['claimedAtMs']?.N),
    isRevoked: item['isRevoked']?.BOOL ?? false,
    ...(replacedHash === undefined
      ? {}
      : {
          replaced: { keyHash: replacedHash, endsAtMs: Number(item['replacedEndsAtMs']?.N) },
        }),
  };
}
