import { err, ok, type Result } from '../../result.ts';

/** What is wrong with a template's text, and where. */
export interface TemplateSyntaxError {
  readonly message: string;
  /** From 1. */
  readonly line: number;
}

export interface Token {
  readonly kind:
    | 'text'
    | 'open'
    | 'close'
    | 'space'
    | 'word'
    | 'field'
    | 'variable'
    | 'string'
    | 'char'
    | 'number'
    | 'dot'
    | 'pipe'
    | 'comma'
    | 'assign'
    | 'declare'
    | 'left'
    | 'right';
  readonly text: string;
  /** Index in the template's text. */
  readonly at: number;
}

/** Tried in this order at each place of an action. Source: text/template/parse/lex.go. */
const ACTION_TOKENS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['space', /[ \t\r\n]+/y],
  ['string', /"(?:[^"\\\n]|\\.)*"|`[^`]*`/y],
  ['char', /'(?:[^'\\\n]|\\.)+'/y],
  ['declare', /:=/y],
  [
    'number',
    /[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)(?![\p{L}\p{N}_])/uy,
  ],
  ['variable', /\$[\p{L}\p{N}_]*/uy],
  ['field', /\.[\p{L}_][\p{L}\p{N}_]*/uy],
  ['dot', /\./y],
  ['word', /[\p{L}_][\p{L}\p{N}_]*/uy],
  ['pipe', /\|/y],
  ['comma', /,/y],
  ['assign', /=/y],
  ['left', /\(/y],
  ['right', /\)/y],
];

const COMMENT = /\{\{(?:-[ \t\r\n]+)?\/\*[\s\S]*?\*\/(?:[ \t\r\n]+-)?\}\}/y;

/** Cuts a template into text and actions, with `{{-` and `-}}` already applied to the text. */
export function lexTemplate(source: string): Result<Token[], TemplateSyntaxError> {
  const tokens: Token[] = [];
  let at = 0;
  let trimsNext = false;
  while (at < source.length) {
    const open = source.indexOf('{{', at);
    const end = open === -1 ? source.length : open;
    let text = source.slice(at, end);
    if (trimsNext) text = text.replace(/^[ \t\r\n]+/, '');
    if (open !== -1 && /^\{\{-[ \t\r\n]/.test(source.slice(open, open + 4)))
      text = text.replace(/[ \t\r\n]+$/, '');
    if (text !== '') tokens.push({ kind: 'text', text, at });
    if (open === -1) break;
    const action = lexAction(source, open);
    if (!action.ok) return action;
    tokens.push(...action.value.tokens);
    trimsNext = action.value.trimsNext;
    at = action.value.next;
  }
  return ok(tokens);
}

interface LexedAction {
  readonly tokens: readonly Token[];
  readonly next: number;
  readonly trimsNext: boolean;
}

function lexAction(source: string, open: number): Result<LexedAction, TemplateSyntaxError> {
  COMMENT.lastIndex = open;
  const comment = COMMENT.exec(source)?.[0];
  if (comment !== undefined) {
    const next = open + comment.length;
    return ok({ tokens: [], next, trimsNext: comment.endsWith('-}}') });
  }
  const tokens: Token[] = [{ kind: 'open', text: '{{', at: open }];
  let at = open + 2;
  if (/^-[ \t\r\n]/.test(source.slice(at, at + 2))) at += 1;
  if (source.startsWith('/*', at)) return syntaxError(source, open, 'unclosed comment');
  while (at < source.length) {
    const trimmed = /^[ \t\r\n]+-\}\}/.exec(source.slice(at, at + 64))?.[0];
    if (trimmed !== undefined || source.startsWith('}}', at)) {
      tokens.push({ kind: 'close', text: '}}', at });
      const next = at + (trimmed?.length ?? 2);
      return ok({ tokens, next, trimsNext: trimmed !== undefined });
    }
    const token = lexOne(source, at);
    if (token === undefined) return unexpected(source, at);
    tokens.push(token);
    at += token.text.length;
  }
  return syntaxError(source, open, 'unclosed action');
}

function lexOne(source: string, at: number): Token | undefined {
  for (const [kind, pattern] of ACTION_TOKENS) {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    if (text !== undefined) return { kind, text, at };
  }
  return undefined;
}

function unexpected(source: string, at: number): Result<never, TemplateSyntaxError> {
  const char = String.fromCodePoint(source.codePointAt(at) ?? 0);
  if (char === '"') return syntaxError(source, at, 'unterminated quoted string');
  if (char === '`') return syntaxError(source, at, 'unterminated raw quoted string');
  if (/[0-9]/.test(char)) {
    const number = /^[\p{L}\p{N}_.]+/u.exec(source.slice(at))?.[0] ?? char;
    return syntaxError(source, at, `bad number syntax: "${number}"`);
  }
  return syntaxError(source, at, `unexpected "${char}" in command`);
}

/** An error at an index of the template's text. */
export function syntaxError(
  source: string,
  at: number,
  message: string,
): Result<never, TemplateSyntaxError> {
  return err({ message, line: source.slice(0, at).split('\n').length });
}
