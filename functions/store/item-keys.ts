/**
 * The keys of the one table. `p` is the partition key, `s` the sort key; names are short because
 * every byte of an item is billed. Time-major minutes make one Query read the whole fleet's minute.
 */
export const PARTITION_KEY = 'p';
export const SORT_KEY = 's';
export const TTL_ATTRIBUTE = 'ttl';

/** All hosts' chunks of one minute, one shard of them; the sort key is the host. */
export function minutePartition(minute: number, shard: number): string {
  return `M#${minute}#${shard}`;
}

/** Host keys, by their hash as sort key. */
export const HOST_KEY_PARTITION = 'INV#KEY';

/** The evaluator's state; its one item has the sort key `STATE_SORT_KEY`. */
export const STATE_PARTITION = 'STATE#tick';
export const STATE_SORT_KEY = '0';
