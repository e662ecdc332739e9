import { MAX_LABELS_PER_SERIES } from '../../core/chunk/format.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { type Labels, labelsOf, METRIC_NAME } from '../../core/series/labels.ts';
import type { KeyOwner } from '../store/host-keys.ts';
import type { SentSeries } from './message.ts';

/** Names and values of a series together; a series must fit many times into a chunk. */
const MAX_LABEL_CHARACTERS = 16_384;

/**
 * The labels of a series, or why it can't be taken: the rules of the 2.0 specification ("Series
 * Labels"), which are 1.0's with any UTF-8 allowed. The reasons are a fixed few, to be counted by.
 */
export function checkLabels(series: SentSeries, owner: KeyOwner): Result<Labels, string> {
  const { labels } = series;
  if (series.badReference) return err('a label refers to no symbol');
  if (series.labelCount > MAX_LABELS_PER_SERIES)
    return err(`more than ${MAX_LABELS_PER_SERIES} labels`);
  const pairs: [string, string][] = [];
  let characters = 0;
  for (let i = 0; i < labels.length; i += 2) {
    const [name = '', value = ''] = [labels[i], labels[i + 1]];
    const before = pairs.at(-1)?.[0];
    const reason = checkPair(name, value, before);
    if (reason !== undefined) return err(reason);
    characters += name.length + value.length;
    if (name === 'host' && owner.kind === 'host' && value !== owner.name)
      return err('a host label that is not the name of this key');
    pairs.push([name, value]);
  }
  if (characters > MAX_LABEL_CHARACTERS)
    return err(`labels of more than ${MAX_LABEL_CHARACTERS} characters`);
  if (!pairs.some(([name]) => name === METRIC_NAME)) return err(`no ${METRIC_NAME} label`);
  return ok(labelsOf(pairs));
}

function checkPair(name: string, value: string, before: string | undefined): string | undefined {
  if (name === '') return 'an empty label name';
  if (value === '') return 'an empty label value';
  if (!name.isWellFormed() || !value.isWellFormed()) return 'a label that is not UTF-8';
  if (before === name) return 'a repeated label name';
  if (before !== undefined && !inOrder(before, name)) return 'label names that are not sorted';
  return undefined;
}

const ASCII = /^[\0-\x7f]*$/;

/** By the bytes of their UTF-8, as Go sorts; JavaScript's own order differs beyond U+FFFF. */
function inOrder(a: string, b: string): boolean {
  if (ASCII.test(a) && ASCII.test(b)) return a < b;
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}
