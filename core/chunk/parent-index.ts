import { type Labels, labelPairs } from '../series/labels.ts';

/** More labels than this, and only a group of one of them is looked for: subsets grow with the cube. */
const MAX_SUBSET_LABELS = 8;
const SEPARATOR = '\ud800';
/** Spreads consecutive numbers over 32 bits. Source: Knuth, TAOCP 6.4, multiplicative hashing. */
const GOLDEN_RATIO = 0x9e3779b1;

/**
 * Finds, for a label set, an earlier one that is most of it. Every pair has a number, a set the sum of
 * its pairs' numbers: so the sum of a subset is a subtraction, and labels are compared only where
 * sums agree.
 */
export class ParentIndex {
  readonly #numbers = new Map<string, number>();
  readonly #bySum = new Map<number, { readonly labels: Labels; readonly position: number }[]>();

  /** Remembers a label set, which is not among those known, under its position. */
  add(labels: Labels, position: number): void {
    const sum = this.#numbersOf(labels).reduce((a, b) => a + b, 0);
    const same = this.#bySum.get(sum);
    if (same === undefined) this.#bySum.set(sum, [{ labels, position }]);
    else same.push({ labels, position });
  }

  /** The position of a known set that is this one less one, two or three pairs, or is one of its pairs. */
  find(labels: Labels): number | undefined {
    const numbers = this.#numbersOf(labels);
    const all = numbers.reduce((a, b) => a + b, 0);
    for (const dropped of droppedSums(numbers)) {
      const position = this.#lookUp(all - dropped, labels);
      if (position !== undefined) return position;
    }
    for (const number of numbers) {
      const position = this.#lookUp(number, labels);
      if (position !== undefined) return position;
    }
    return undefined;
  }

  #lookUp(sum: number, labels: Labels): number | undefined {
    return this.#bySum.get(sum)?.find((known) => isPart(known.labels, labels))?.position;
  }

  #numbersOf(labels: Labels): number[] {
    return [...labelPairs(labels)].map(([name, value]) => {
      const pair = name + SEPARATOR + value;
      const known = this.#numbers.get(pair);
      if (known !== undefined) return known;
      const number = Math.imul(this.#numbers.size + 1, GOLDEN_RATIO) >>> 0;
      this.#numbers.set(pair, number);
      return number;
    });
  }
}

/** Sums of one, then two, then three of the numbers, but never of all. */
function* droppedSums(numbers: readonly number[]): Generator<number> {
  const count = numbers.length;
  if (count > MAX_SUBSET_LABELS) return;
  const at = (i: number): number => numbers[i] ?? 0;
  if (count > 1) for (let i = 0; i < count; i++) yield at(i);
  if (count > 2) {
    for (let i = 0; i < count; i++) for (let j = i + 1; j < count; j++) yield at(i) + at(j);
  }
  if (count < 4) return;
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      for (let k = j + 1; k < count; k++) yield at(i) + at(j) + at(k);
    }
  }
}

/** Are all pairs of a non-empty set among those of another? Both are in name order. */
function isPart(part: Labels, whole: Labels): boolean {
  if (part.length === 0) return false;
  let at = 0;
  for (let i = 0; i < whole.length && at < part.length; i += 2) {
    if (whole[i] === part[at] && whole[i + 1] === part[at + 1]) at += 2;
  }
  return at === part.length;
}
