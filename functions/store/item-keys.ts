/**
 * The keys of the one table. `p` is the partition key, `s` the sort key; names are short because
 * every byte of an item is billed. Time-major minutes make one Query read the whole fleet's minute.
 */
export const PARTITION_KEY = 'p';
export const SORT_KEY = 's';
export const TTL_ATTRIBUTE = 'ttl';

/**
 * All chunks of one minute, one shard of them. The sort key says who wrote it: a host, or a sender of
 * others' samples (`senderSortKey`).
 */
export function minutePartition(minute: number, shard: number): string {
  return `M#${minute}#${shard}`;
}

/** No host's name begins with it. */
const SENDER_MARK = '@';

/**
 * The sort key of what a sender (remote write, the evaluator's own series) wrote: it may write many
 * chunks a minute, so each is known by a hash of its content, and a retry writes itself.
 */
export function senderSortKey(sender: string, contentHash: string): string {
  return `${SENDER_MARK}${sender}/${contentHash}`;
}

/** What the sort keys of all chunks begin with that a sender wrote; of any sender, if none is named. */
export function senderPrefix(sender?: string): string {
  return sender === undefined ? SENDER_MARK : `${SENDER_MARK}${sender}/`;
}

/** The sender of a chunk with this sort key, or `undefined` if a host wrote it. */
export function senderOf(sortKey: string): string | undefined {
  return sortKey.startsWith(SENDER_MARK) ? sortKey.slice(1, sortKey.lastIndexOf('/')) : undefined;
}

/** Host keys, by their hash as sort key. */
export const HOST_KEY_PARTITION = 'INV#KEY';

/** One item, written anew whenever a key or token has ended. */
export const REVOKED_PARTITION = 'INV#REVOKED';
export const REVOKED_SORT_KEY = '0';

/** Which key is a host's newest: a host's item has its name as sort key. */
export const HOST_CLAIM_PARTITION = 'INV#CLAIM';

/** Enrolment tokens, by their hash as sort key. */
export const ENROLMENT_TOKEN_PARTITION = 'INV#ENROL';

/** Who reports: a host's item has its name as sort key, and so has a sender's. */
export const HOST_PARTITION = 'INV#HOST';
export const SENDER_PARTITION = 'INV#SENDER';

/**
 * What hosts were that report no more, and what others told of VMs they have no more: by when that was last
 * so, so that a question about a time reads none that ended before it.
 */
export const APART_PARTITION = 'INV#APART';

export function apartSortKey(untilMs: number, host: string): string {
  return `${apartPrefix(untilMs)}${host}`;
}

/** What is not before it was so at this time, or after it. */
export function apartPrefix(untilMs: number): string {
  return `${String(Math.max(0, Math.ceil(untilMs))).padStart(14, '0')}#`;
}

/** Since when hosts were known that report no more, by their names as sort keys. */
export const FORMER_PARTITION = 'INV#FORMER';

/** Tokens that may query, by their hash as sort key. */
export const API_TOKEN_PARTITION = 'INV#TOKEN';

/** The sender of the series that rules make: recorded series, `ALERTS`, `ALERTS_FOR_STATE`. */
export const EVALUATOR_SENDER = 'evaluator';

/** The evaluator's state; its one item has the sort key `STATE_SORT_KEY`. */
export const STATE_PARTITION = 'STATE#tick';
export const STATE_SORT_KEY = '0';

/** Silences, by their id as sort key. */
export const SILENCE_PARTITION = 'CONF#SILENCE';

/** Acknowledgements, by their alert's fingerprint as sort key. */
export const ACKNOWLEDGEMENT_PARTITION = 'CONF#ACK';

/** People's sessions in the pages, by the hash of their id as sort key. */
export const SESSION_PARTITION = 'CONF#SESSION';

/** Browsers that are sent push messages, by a hash of where their push service takes them as sort key. */
export const PUSH_PARTITION = 'CONF#PUSH';

/** The pair of keys that push services know this deployment by: one item. */
export const PUSH_KEY_PARTITION = 'CONF#PUSH-KEY';
export const PUSH_KEY_SORT_KEY = '0';

/** Emails and phones that were added over the API, and when a topic was last tested. */
export const SUBSCRIPTION_PARTITION = 'CONF#SUBSCRIPTION';

/** Sort key of one part of a state too large for one item; `nonce` is its writer's, anew each time. */
export function statePartSortKey(nonce: string, index: number): string {
  return `${statePartPrefix(nonce)}${String(index).padStart(3, '0')}`;
}

/** What the sort keys of all parts of one state begin with, and those of no other. */
export function statePartPrefix(nonce: string): string {
  return `${nonce}#`;
}

/** Who changed what, by time; read seldom and written by people, so one partition does. */
export const AUDIT_PARTITION = 'LOG#AUDIT';

/** Deliveries tried on a day of UTC, `2026-03-01`. */
export function deliveryPartition(day: string): string {
  return `LOG#${day}`;
}

/** Sorts by time; `isoTime` as `core/time.ts` writes it. */
export function deliverySortKey(isoTime: string, notificationId: string, attempt: number): string {
  return `${isoTime}#${notificationId}#${attempt}`;
}

/** All rollups of one host, or of what one sender wrote. */
export function writerHistoryPartition(writer: string): string {
  const name = writerName(writer);
  return name === writer ? `H#${writer}` : `S#${name}`;
}

/** All rollups of one VM, wherever it ran; by its UUID. */
export function vmHistoryPartition(uuid: string): string {
  return `V#${uuid}`;
}

/** A sender as a writer among hosts: no host's name begins so. */
export function senderWriter(sender: string): string {
  return `${SENDER_MARK}${sender}`;
}

/** The name of a host or a sender, which its phase and its shard go by. */
export function writerName(writer: string): string {
  return writer.startsWith(SENDER_MARK) ? writer.slice(SENDER_MARK.length) : writer;
}

const MINUTE_POINTS = 'R#60#';

/** Points of a minute, an hour of them; hours are counted from 1970. */
export function minutePointsSortKey(hour: number): string {
  return `${MINUTE_POINTS}${String(hour).padStart(7, '0')}`;
}

export function hourOfMinutePoints(sortKey: string): number {
  return Number(sortKey.slice(MINUTE_POINTS.length));
}

/**
 * Points of an hour, a day of them; days are counted from 1970. By who wrote them too: a VM that
 * migrates has two hosts on one day.
 */
export function hourPointsSortKey(day: number, writer: string): string {
  return `R#3600#${String(day).padStart(6, '0')}#${writer}`;
}

/** Points of an hour of one group of metrics, a block of days of them; blocks are counted from 1970. */
export function hourBlockSortKey(group: number, block: number, writer: string): string {
  return `R#M#${group}#${String(block).padStart(4, '0')}#${writer}`;
}

/** Over how many shards the minutes of each hour are spread: one item. */
export const SHARDS_PARTITION = 'CONF#SHARDS';
export const SHARDS_SORT_KEY = '0';

/** Which rules, routing and settings ran last: one item. */
export const DEPLOYED_PARTITION = 'CONF#DEPLOYED';
export const DEPLOYED_SORT_KEY = '0';

/** How far each shard's rollups are, by the shard's number as sort key. */
export const COMPACTION_PARTITION = 'STATE#compact';

/** Hours of a shard in which something came after they were rolled up. */
export function lateHourPartition(shard: number): string {
  return `LATE#${shard}`;
}

export function lateHourSortKey(hour: number, writer: string): string {
  return `${String(hour).padStart(7, '0')}#${writer}`;
}

/** Rule files that people edited: which hold, their versions, their texts. */
export const RULES_PARTITION = 'CONF#RULES';
/** Which stored file holds in which version: one small item, which each tick of the evaluator reads. */
export const RULES_HEAD_SORT_KEY = '0';

/** Who made a version of a rule file, and why; small, so that a list of them is. */
export function ruleVersionSortKey(file: string, version: number): string {
  return `${ruleVersionPrefix(file)}${String(version).padStart(8, '0')}`;
}

/** A file's name has no `#`. */
export function ruleVersionPrefix(file: string): string {
  return `V#${file}#`;
}

/** What a version of a rule file says. */
export function ruleTextSortKey(file: string, version: number): string {
  return `T#${file}#${String(version).padStart(8, '0')}`;
}
