/** What was refused of a request, counted by reason: the sentence that its sender logs. */

/** At most so many reasons are told; there are not many more. */
const MAX_REASONS = 6;
const MAX_EXAMPLE_CHARACTERS = 200;

interface Reject {
  count: number;
  readonly example: string;
}

export class Rejects {
  readonly #byReason = new Map<string, Reject>();
  samples = 0;

  /** Counts `count` things under a reason; the first one's series stands as an example. */
  add(reason: string, count: number, example: () => string): void {
    if (count === 0) return;
    const known = this.#byReason.get(reason);
    if (known === undefined) this.#byReason.set(reason, { count, example: shorten(example()) });
    else known.count += count;
  }

  /** Samples count against what was stored, too. */
  addSamples(reason: string, count: number, example: () => string): void {
    this.samples += count;
    this.add(reason, count, example);
  }

  get none(): boolean {
    return this.#byReason.size === 0;
  }

  /** `duplicate sample for timestamp: 2, e.g. up{job="a"}; ...` */
  text(): string {
    const all = [...this.#byReason].sort(([, a], [, b]) => b.count - a.count);
    const told = all
      .slice(0, MAX_REASONS)
      .map(([reason, { count, example }]) => `${reason}: ${count}, e.g. ${example}`);
    if (all.length > MAX_REASONS) told.push(`${all.length - MAX_REASONS} more reasons`);
    return told.join('; ');
  }
}

function shorten(text: string): string {
  const whole = text.toWellFormed();
  return whole.length <= MAX_EXAMPLE_CHARACTERS
    ? whole
    : `${whole.slice(0, MAX_EXAMPLE_CHARACTERS).toWellFormed()}...`;
}
