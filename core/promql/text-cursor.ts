/** A place in a text, moved by whole characters (code points). The end of the text is `''`. */
export class TextCursor {
  readonly text: string;
  /** UTF-16 offset. */
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The character here, or so many UTF-16 units ahead. */
  peek(ahead = 0): string {
    const code = this.text.codePointAt(this.at + ahead);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  take(): string {
    const char = this.peek();
    this.at += char.length;
    return char;
  }

  /** Takes the character here if the pattern, of single characters, allows it. */
  accept(pattern: RegExp): boolean {
    const char = this.peek();
    if (char === '' || !pattern.test(char)) return false;
    this.at += char.length;
    return true;
  }

  skipWhile(pattern: RegExp): void {
    while (this.accept(pattern));
  }

  /** Is this the next character that is no space? */
  isBefore(char: string): boolean {
    return /^[ \t\n\r]*([^ \t\n\r]?)/.exec(this.text.slice(this.at, this.at + 1000))?.[1] === char;
  }
}
