import type { Position } from './ast.ts';
import { Lexer } from './lexer.ts';
import { describeToken, type Token, type TokenType } from './tokens.ts';

export interface Problem {
  readonly position: Position;
  readonly message: string;
}

const DEPTH_MAX = 500; // some 4 stack frames each in parsing, checking and evaluating

/**
 * The tokens of a query, read one ahead when asked for and no sooner. The first problem is kept; one
 * that ends reading leaves nothing but the end of the text, so that every rule comes to its end.
 */
export class TokenReader {
  problem: Problem | undefined;
  /** How many aggregations are open: a problem in one is named after it. */
  aggregations = 0;
  private readonly lexer: Lexer;
  private ahead: Token | undefined;
  private given: Token | undefined;
  private stopped = false;
  private readonly depths = new WeakMap<object, number>();
  private nesting = 0;

  constructor(text: string) {
    this.lexer = new Lexer(text);
  }

  /** The next token, which stays the next. */
  peek(): Token {
    if (this.ahead === undefined) {
      const token = this.lexer.next();
      if (token.type === 'error') this.stop(token, token.text);
      this.ahead ??= token;
    }
    return this.ahead;
  }

  take(): Token {
    const token = this.peek();
    this.ahead = undefined;
    this.given = token;
    if (this.stopped) this.ahead = token;
    return token;
  }

  /** The token taken last. */
  get last(): Token {
    if (this.given === undefined) throw new Error('no token has been taken');
    return this.given;
  }

  /** Takes the next token if it is of a type. */
  takeIf(...types: readonly TokenType[]): Token | undefined {
    return types.includes(this.peek().type) ? this.take() : undefined;
  }

  /** Notes a problem; reading goes on. */
  note(position: Position, message: string): void {
    this.problem ??= { position: { start: position.start, end: position.end }, message };
  }

  /** Ends reading because of the next token, which does not fit. */
  unexpected(where = this.aggregations > 0 ? 'aggregation' : '', expected = ''): void {
    const token = this.peek();
    const context = where === '' ? '' : ` in ${where}`;
    const wish = expected === '' ? '' : `, expected ${expected}`;
    this.stop(token, `unexpected ${describeToken(token)}${context}${wish}`);
  }

  /** Ends reading: from here on the text is at its end. */
  stop(position: Position, message: string): void {
    this.note(position, message);
    this.stopped = true;
    this.ahead = { type: 'eof', text: '', start: position.start, end: position.start };
  }

  /** An expression made of others, unless it would nest too deeply to be evaluated safely. */
  made<T extends { readonly position: Position }>(expr: T, ...parts: readonly object[]): T {
    const depth = 1 + Math.max(0, ...parts.map((part) => this.depths.get(part) ?? 0));
    this.depths.set(expr, depth);
    if (depth > DEPTH_MAX) this.tooDeep(expr.position);
    return expr;
  }

  /** Reads something inside something else; `standIn` when that nests too deeply. */
  inside<T>(read: () => T, standIn: () => T): T {
    if (this.nesting >= DEPTH_MAX) {
      this.tooDeep(this.peek());
      return standIn();
    }
    this.nesting++;
    const result = read();
    this.nesting--;
    return result;
  }

  private tooDeep(position: Position): void {
    this.stop(position, `expression nests deeper than ${DEPTH_MAX} levels`);
  }
}
