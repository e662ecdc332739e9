import { inflateRawSync } from 'node:zlib';
import { unpackEntry } from '../../core/inventory/packed-entry.ts';
import { chunkForm } from './chunk-form.ts';
import { type Fixture, keyOf } from './fixture.ts';

/**
 * What of an item must stay the same while its form does: its attributes and their kinds; of bytes that are
 * deflated JSON the names in them, as values are ids and times taken; of all other bytes each one, inflated.
 */
export function formOf(item: Fixture['items'][number]): string {
  const attributes = Object.entries(item)
    .filter(([name]) => name !== 'p' && name !== 's')
    .map(([name, attribute]) => `${name} ${JSON.stringify(attributeForm(attribute))}`);
  return attributes.sort().join('\n');
}

/** Which kind of item it is: its partition without what differs from run to run, and for chunks its sort key. */
export function kindOf(item: Fixture['items'][number]): string {
  const [partition = '', sortKey = ''] = keyOf(item).split(' ');
  if (partition === 'STATE#tick') return sortKey === '0' ? 'STATE#tick head' : 'STATE#tick segment';
  const isComputed = /^(M|H|S|V)#|^INV#(HOST|SENDER|APART|FORMER)$|^LATE#/.test(partition);
  return isComputed ? `${partition} ${sortKey}` : partition;
}

function attributeForm(attribute: Fixture['items'][number][string]): unknown {
  if ('B' in attribute) return bytesForm(attribute.B);
  if ('S' in attribute && /^[[{]/.test(attribute.S)) return jsonForm(JSON.parse(attribute.S));
  return Object.keys(attribute)[0];
}

function bytesForm(base64: string): unknown {
  const bytes = Buffer.from(base64, 'base64');
  const lines = inflatedLines(bytes);
  if (lines === undefined) return chunkForm(bytes) ?? unpackEntry(bytes);
  const [first = '', ...records] = lines;
  const kinds = records.map((record) => {
    const [key = '', value] = record.split('\t');
    const [kind]: unknown[] = JSON.parse(key);
    return [kind, value === undefined ? 'gone' : jsonForm(JSON.parse(value))];
  });
  return [jsonForm(JSON.parse(first)), ...kinds];
}

/** `undefined` for what is no deflated JSON: a chunk, or what was deflated with a dictionary. */
function inflatedLines(bytes: Buffer): string[] | undefined {
  try {
    const text = inflateRawSync(bytes).toString('utf8');
    return /^[[{]/.test(text) ? text.split('\n') : undefined;
  } catch {
    return undefined;
  }
}

/** Names and kinds of values; of a list those that occur; a version stands as it is. */
function jsonForm(json: unknown, name = ''): unknown {
  // What somebody changed, in an audit record: any JSON.
  if (name === 'before' || name === 'after') return '*';
  if (Array.isArray(json)) return [...new Set(json.map((one) => JSON.stringify(jsonForm(one))))];
  if (name === 'version' && typeof json === 'number') return json;
  if (typeof json !== 'object' || json === null) return typeof json;
  const entries = Object.entries(json).map(([key, value]) => {
    // Keys of lists by name are ids: of rules, of groups, labels.
    const isName = /^[a-zA-Z]+$/.test(key);
    return [isName ? key : '*', jsonForm(value, key)] as const;
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
