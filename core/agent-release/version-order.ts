/** Such as `1.2.3` or `1.2.3-rc.1`; build metadata (`+...`) has no order, so no version of ours has it. */
export const VERSION_FORMAT = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:-([0-9A-Za-z.-]{1,50}))?$/;

/**
 * Below 0 if `left` comes before `right`, 0 if they are the same, else above 0. Throws for what
 * `VERSION_FORMAT` does not match. Source: semver.org, 11 (precedence).
 */
export function compareVersions(left: string, right: string): number {
  const a = parse(left);
  const b = parse(right);
  for (const [index, number] of a.numbers.entries()) {
    const difference = number - (b.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.pre === undefined || b.pre === undefined) {
    // A version without a pre-release comes after all of its pre-releases.
    return Number(b.pre !== undefined) - Number(a.pre !== undefined);
  }
  return comparePreReleases(a.pre.split('.'), b.pre.split('.'));
}

function comparePreReleases(left: readonly string[], right: readonly string[]): number {
  for (const [index, one] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const difference = compareIdentifiers(one, other);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Numbers come before words, and are compared as numbers. */
function compareIdentifiers(left: string, right: string): number {
  const isNumber = (text: string) => /^\d+$/.test(text);
  if (isNumber(left) && isNumber(right)) return Number(left) - Number(right);
  if (isNumber(left) !== isNumber(right)) return isNumber(left) ? -1 : 1;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function parse(version: string): { numbers: readonly number[]; pre: string | undefined } {
  const match = VERSION_FORMAT.exec(version);
  if (match === null) throw new Error(`version: not such as 1.2.3: "${version}"`);
  return { numbers: match.slice(1, 4).map(Number), pre: match[4] };
}
