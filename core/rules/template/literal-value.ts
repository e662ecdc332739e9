import { unquote } from '../../promql/string-literal.ts';
import type { Token } from './lex.ts';

/** Thrown inside the parser only; `parseTemplateText` turns it into a value. */
export class Refusal extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** The value of a string, a character (an int, as in Go) or a number. */
export function literalValue(token: Token): string | number | bigint {
  if (token.kind === 'number') return numberValue(token);
  const text = unquote(token.text);
  if (!text.ok) throw new Refusal(token.at, text.error);
  if (token.kind === 'string') return text.value;
  const code = text.value.codePointAt(0);
  if (code === undefined || text.value.length !== String.fromCodePoint(code).length)
    throw new Refusal(token.at, `malformed character constant: ${token.text}`);
  return BigInt(code);
}

/** Digits alone are an int; a point or an exponent makes a float64, as in Go. */
function numberValue(token: Token): number | bigint {
  const text = token.text.replaceAll('_', '');
  const sign = text.startsWith('-') ? -1n : 1n;
  const digits = text.replace(/^[+-]/, '');
  if (/^0[0-7]+$/.test(digits)) return sign * BigInt(`0o${digits.slice(1)}`);
  if (/^(0[xXbBoO][0-9a-fA-F]+|\d+)$/.test(digits)) return sign * BigInt(digits.toLowerCase());
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Refusal(token.at, `bad number syntax: "${token.text}"`);
  return value;
}
