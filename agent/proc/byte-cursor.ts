const NEWLINE = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const DOT = 0x2e;
const DIGIT_0 = 0x30;

/**
 * Walks through the bytes of a /proc file, number by number, without making strings of it: most of
 * what a sample costs would otherwise be strings that are thrown away.
 */
export class ByteCursor {
  #bytes: Buffer = Buffer.alloc(0);
  #end = 0;
  #at = 0;

  /**
   * Starts over on new bytes. The kernel ends every line with a newline, so what comes after the
   * last one is a line that was cut: it is left out, for half a number is a wrong number.
   */
  reset(bytes: Buffer, length: number): void {
    this.#bytes = bytes;
    this.#at = 0;
    this.#end = length === 0 ? 0 : bytes.lastIndexOf(NEWLINE, length - 1) + 1;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** The decimal number after any blanks; NaN, and no step forward, where there is none. */
  number(): number {
    this.skipBlanks();
    let value = 0;
    let digits = 0;
    for (let digit = this.#digit(); digit >= 0; digit = this.#digit()) {
      value = value * 10 + digit;
      this.#at += 1;
      digits += 1;
    }
    if (digits === 0) return Number.NaN;
    if (this.#bytes[this.#at] !== DOT) return value;
    this.#at += 1;
    let scale = 1;
    let fraction = 0;
    for (let digit = this.#digit(); digit >= 0; digit = this.#digit()) {
      fraction = fraction * 10 + digit;
      scale *= 10;
      this.#at += 1;
    }
    return value + fraction / scale;
  }

  /** The text up to the next blank or line end, after any blanks; '' where there is none. */
  word(): string {
    this.skipBlanks();
    const from = this.#at;
    this.#toBlank();
    return this.#bytes.toString('utf8', from, this.#at);
  }

  /** Steps over `count` words. */
  skipWords(count: number): void {
    for (let i = 0; i < count; i += 1) {
      this.skipBlanks();
      this.#toBlank();
    }
  }

  /** The text up to `byte` in this line, after any blanks; '' (and no step) where it is not there. */
  textBefore(byte: number): string {
    this.skipBlanks();
    const found = this.#bytes.indexOf(byte, this.#at);
    if (found < 0 || found >= this.#lineEnd()) return '';
    const text = this.#bytes.toString('utf8', this.#at, found);
    this.#at = found + 1;
    return text;
  }

  /** Does the rest begin with this ASCII text? If so, steps behind it. */
  take(text: string): boolean {
    if (this.#at + text.length > this.#end) return false;
    for (let i = 0; i < text.length; i += 1) {
      if (this.#bytes[this.#at + i] !== text.charCodeAt(i)) return false;
    }
    this.#at += text.length;
    return true;
  }

  /** Steps behind the next occurrence of this ASCII text within the line; false where there is none. */
  seek(text: string): boolean {
    const found = this.#bytes.indexOf(text, this.#at, 'latin1');
    if (found < 0 || found >= this.#lineEnd()) return false;
    this.#at = found + text.length;
    return true;
  }

  /** Steps to the beginning of the next line; false at the end. */
  nextLine(): boolean {
    this.#at = this.#lineEnd() + 1;
    return !this.done;
  }

  skipBlanks(): void {
    while (this.#at < this.#end && this.#isBlank()) this.#at += 1;
  }

  #isBlank(): boolean {
    return this.#bytes[this.#at] === SPACE || this.#bytes[this.#at] === TAB;
  }

  #toBlank(): void {
    while (this.#at < this.#end && !this.#isBlank() && this.#bytes[this.#at] !== NEWLINE) {
      this.#at += 1;
    }
  }

  #digit(): number {
    const byte = this.#at < this.#end ? this.#bytes[this.#at] : undefined;
    const digit = byte === undefined ? -1 : byte - DIGIT_0;
    return digit <= 9 ? digit : -1;
  }

  #lineEnd(): number {
    const found = this.#bytes.indexOf(NEWLINE, this.#at);
    return found < 0 || found >= this.#end ? this.#end : found;
  }
}
