/** What was wrong with lines, counted by kind. */

/** There are not many more kinds. */
const MAX_KINDS = 50;
const MAX_EXAMPLE_CHARS = 200;

interface Fault {
  count: number;
  readonly first: string;
}

export class Faults {
  readonly #byKind = new Map<string, Fault>();
  count = 0;

  /** `place` is that of the line, `file:line`; `text` says what was found there. */
  add(kind: string, place: () => string, text: string): void {
    this.count++;
    const known = this.#byKind.get(kind);
    if (known !== undefined) known.count++;
    else if (this.#byKind.size < MAX_KINDS)
      this.#byKind.set(kind, {
        count: 1,
        first: `${place()}: ${text.slice(0, MAX_EXAMPLE_CHARS).toWellFormed()}`,
      });
  }

  /** The first line of each kind, and how many more there are. */
  lines(): string[] {
    return [...this.#byKind.values()].map(({ count, first }) =>
      count === 1 ? first : `${first} (and ${count - 1} more of this kind)`,
    );
  }
}
