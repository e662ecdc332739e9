import { lexNumberOrDuration } from './lex-number.ts';
import { skipEscape } from './skip-escape.ts';
import { quote, quoteRune } from './string-literal.ts';
import { TextCursor } from './text-cursor.ts';
import { RESERVED, type Token, type TokenType } from './tokens.ts';

/**
 * Cuts a query into tokens, one at a time, exactly where Prometheus does and with its words for what
 * cannot be a token. After an `error` or `eof` there is nothing but `eof`.
 * Source: prometheus/promql/parser/lex.go.
 */
export class Lexer {
  private readonly cursor: TextCursor;
  private parens = 0;
  private inBraces = false;
  private inBrackets = false;
  /** Inside brackets, before the first number: only a duration may stand there. */
  private inDuration = false;
  private sawColon = false;
  private sawDuration = false;
  private ended = false;
  /** What the last mark leads to when it cannot stand where it does. */
  private pending: Token | undefined;

  constructor(text: string) {
    this.cursor = new TextCursor(text);
  }

  next(): Token {
    const { cursor } = this;
    if (this.ended) return this.token('eof', cursor.at);
    this.skip();
    const token = this.inBraces
      ? this.insideBraces()
      : this.inDuration
        ? this.insideDuration()
        : this.statement();
    const found = this.pending ?? token;
    this.pending = undefined;
    if (found.type === 'error' || found.type === 'eof') this.ended = true;
    return found;
  }

  private token(type: TokenType, start: number): Token {
    const { at, text } = this.cursor;
    return { type, text: text.slice(start, at), start, end: at };
  }

  private error(message: string, start = this.cursor.at): Token {
    return { type: 'error', text: message, start, end: this.cursor.text.length };
  }

  /** Spaces and comments; in a duration a comment is no comment. */
  private skip(): void {
    const { cursor } = this;
    for (;;) {
      cursor.skipWhile(/[ \t\n\r]/);
      if (this.inDuration || cursor.peek() !== '#') return;
      cursor.skipWhile(/[^\n\r]/);
    }
  }

  private statement(): Token {
    const { cursor } = this;
    const start = cursor.at;
    const char = cursor.peek();
    if (char === '') return this.end();
    if (/[0-9]/.test(char) || (char === '.' && /[0-9]/.test(cursor.peek(1))))
      return this.number(start);
    if (/[a-zA-Z_:]/.test(char))
      return this.inBrackets ? this.wordInBrackets(start) : this.word(start);
    cursor.take();
    switch (char) {
      case '"':
      case "'":
      case '`':
        return this.string(start, char);
      case '=':
      case '!':
        return this.equality(start, char);
      case '<':
      case '>':
        if (cursor.peek() === '=' || cursor.peek() === '/') cursor.take();
        return this.token(cursor.text.slice(start, cursor.at), start);
      case '(':
        this.parens++;
        return this.token(char, start);
      case ')':
        return this.closeParen(start);
      case '{':
        this.inBraces = true;
        return this.token(char, start);
      case '[':
        return this.openBracket(start);
      case ']':
        if (!this.inBrackets)
          return this.error(`unexpected right bracket ${quoteRune(char)}`, start);
        this.inBrackets = false;
        return this.token(char, start);
      default:
        if (/[,*/%+\-^@]/.test(char)) return this.token(char, start);
        return this.error(`unexpected character: ${quoteRune(char)}`, start);
    }
  }

  private end(): Token {
    if (this.parens !== 0) return this.error('unclosed left parenthesis');
    if (this.inBrackets) return this.error('unclosed left bracket');
    return this.token('eof', this.cursor.at);
  }

  private equality(start: number, char: string): Token {
    const { cursor } = this;
    const following = cursor.peek();
    if (following === '=') {
      cursor.take();
      return this.token(`${char}=`, start);
    }
    if (char === '!' || following === '~')
      return this.error(`unexpected character after '${char}': ${quoteRune(following)}`, start);
    return this.token('=', start);
  }

  private closeParen(start: number): Token {
    this.parens--;
    if (this.parens < 0) this.pending = this.error("unexpected right parenthesis ')'");
    return this.token(')', start);
  }

  private openBracket(start: number): Token {
    if (this.inBrackets) return this.error("unexpected left bracket '['", start);
    this.inBrackets = true;
    this.inDuration = true;
    this.sawColon = false;
    this.sawDuration = false;
    return this.token('[', start);
  }

  private number(start: number): Token {
    this.inDuration = false;
    this.sawDuration = true;
    const kind = lexNumberOrDuration(this.cursor);
    if (kind !== undefined) return this.token(kind, start);
    const shown = quote(this.cursor.text.slice(start, this.cursor.at));
    return this.error(`bad number or duration syntax: ${shown}`, start);
  }

  private word(start: number): Token {
    const { cursor } = this;
    cursor.skipWhile(/[a-zA-Z0-9_:]/);
    const text = cursor.text.slice(start, cursor.at);
    const lower = text.toLowerCase();
    if (lower === 'inf' || lower === 'nan') return this.token('number', start);
    // `fill` may be a metric: it is a word of the language only before a parenthesis.
    const isFill = lower === 'fill' || lower === 'fill_left' || lower === 'fill_right';
    if (RESERVED.has(lower) && !(isFill && !cursor.isBefore('('))) return this.token(lower, start);
    return this.token(text.includes(':') ? 'metric identifier' : 'identifier', start);
  }

  private wordInBrackets(start: number): Token {
    const char = this.cursor.take();
    if (char === ':') {
      if (this.sawColon) return this.error(`unexpected colon ':'`, start);
      this.sawColon = true;
      return this.token(':', start);
    }
    return (
      this.durationWord(start) ??
      this.error(`unexpected character: ${quoteRune(char)}, expected ':'`, start)
    );
  }

  /** step, range, min_of or max_of, whose first letter has been read. */
  private durationWord(start: number): Token | undefined {
    const { cursor } = this;
    if (!/[srm]/i.test(cursor.text.charAt(start))) return undefined;
    cursor.skipWhile(/[a-zA-Z_]/);
    const lower = cursor.text.slice(start, cursor.at).toLowerCase();
    return /^(?:step|range|m(?:in|ax)_of)$/.test(lower) ? this.token(lower, start) : undefined;
  }

  private insideDuration(): Token {
    const { cursor } = this;
    const start = cursor.at;
    const char = cursor.peek();
    if (/[0-9]/.test(char) || (char === '.' && /[0-9]/.test(cursor.peek(1))))
      return this.number(start);
    cursor.take();
    switch (char) {
      case '':
        return this.error('unexpected end of input in duration expression', start);
      case ']':
        this.inBrackets = false;
        this.inDuration = false;
        this.sawColon = false;
        return this.token(char, start);
      case ':':
        if (!this.sawDuration)
          this.pending = this.error('unexpected colon before duration in duration expression');
        else if (this.sawColon)
          this.pending = this.error('unexpected repeated colon in duration expression');
        this.sawColon = true;
        return this.token(char, start);
      case '(':
        this.parens++;
        return this.token(char, start);
      case ')':
        return this.closeParen(start);
      default:
        if (/[,*/%+\-^]/.test(char)) return this.token(char, start);
    }
    const word = this.durationWord(start);
    if (word !== undefined) {
      this.sawDuration = true;
      return word;
    }
    return this.error(`unexpected character in duration expression: ${quoteRune(char)}`, start);
  }

  private insideBraces(): Token {
    const { cursor } = this;
    const start = cursor.at;
    const char = cursor.take();
    switch (char) {
      case '':
        return this.error('unexpected end of input inside braces', start);
      case ',':
        return this.token(char, start);
      case '"':
      case "'":
      case '`':
        return this.string(start, char);
      case '=':
        if (cursor.peek() === '~') cursor.take();
        return this.token(cursor.text.slice(start, cursor.at), start);
      case '!': {
        const following = cursor.take();
        if (following === '~' || following === '=') return this.token(`!${following}`, start);
        return this.error(
          `unexpected character after '!' inside braces: ${quoteRune(following)}`,
          start,
        );
      }
      case '{':
        return this.error("unexpected left brace '{'", start);
      case '}':
        this.inBraces = false;
        return this.token(char, start);
      default:
        if (!/[a-zA-Z_]/.test(char))
          return this.error(`unexpected character inside braces: ${quoteRune(char)}`, start);
        cursor.skipWhile(/[a-zA-Z0-9_]/);
        return this.token('identifier', start);
    }
  }

  private string(start: number, mark: string): Token {
    const { cursor } = this;
    for (;;) {
      const char = cursor.take();
      if (char === mark) return this.token('string', start);
      if (mark === '`') {
        if (char === '') return this.error('unterminated raw string', start);
        continue;
      }
      if (char === '' || char === '\n') return this.error('unterminated quoted string', start);
      const problem = char === '\\' ? skipEscape(cursor, mark) : undefined;
      if (problem !== undefined) return this.error(problem, start);
    }
  }
}
