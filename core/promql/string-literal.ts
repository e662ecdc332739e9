import { err, ok, type Result } from '../result.ts';

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** How many digits follow each numeric escape, and in which base. */
const NUMERIC_ESCAPES: Readonly<Record<string, readonly [digits: number, base: number]>> = {
  x: [2, 16],
  u: [4, 16],
  U: [8, 16],
};

/**
 * The text a quoted PromQL string stands for, by Go's rules: `"..."` and `'...'` take escapes, and
 * `` `...` `` takes none. Bytes given by `\x..` and octal escapes join into UTF-8; a byte b that is
 * not UTF-8 becomes the lone surrogate U+DC00 + b, so the string is no longer well-formed and still
 * equals only itself. The error says what is wrong.
 */
export function unquote(quoted: string): Result<string, string> {
  const quote = quoted[0] ?? '';
  if (quoted.length < 2 || !quoted.endsWith(quote)) return err('unterminated quoted string');
  const body = quoted.slice(1, -1);
  if (quote === '`')
    return body.includes('`') ? err('invalid syntax') : ok(body.replaceAll('\r', ''));
  if (quote !== '"' && quote !== "'") return err('invalid syntax');
  if (body.includes('\n')) return err('unterminated quoted string');
  if (!body.includes('\\')) return body.includes(quote) ? err('invalid syntax') : ok(body);
  return readEscapes(body, quote);
}

function readEscapes(body: string, quote: string): Result<string, string> {
  let text = '';
  let bytes: number[] = [];
  const flush = () => {
    text += decodeBytes(bytes);
    bytes = [];
  };
  for (let i = 0; i < body.length; ) {
    const char = body.charAt(i);
    if (char !== '\\') {
      if (char === quote) return err('invalid syntax');
      flush();
      text += char;
      i += 1;
      continue;
    }
    const read = readEscape(body, i + 1, quote);
    if (!read.ok) return read;
    if (read.value.byte !== undefined) bytes.push(read.value.byte);
    else {
      flush();
      text += read.value.text;
    }
    i = read.value.next;
  }
  flush();
  return ok(text);
}

function decodeBytes(bytes: readonly number[]): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.from(bytes),
    );
  } catch {
    return bytes.map((byte) => String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte)).join('');
  }
}

interface Escape {
  readonly text: string;
  /** Set for `\x..` and octal escapes, which name a byte rather than a character. */
  readonly byte?: number;
  readonly next: number;
}

function readEscape(body: string, at: number, quote: string): Result<Escape, string> {
  const letter = body.charAt(at);
  const unknown = err('unknown escape sequence');
  if ((letter === '"' || letter === "'") && letter !== quote) return unknown;
  const simple = SIMPLE_ESCAPES[letter];
  if (simple !== undefined) return ok({ text: simple, next: at + 1 });
  if (/^[0-7]{3}/.test(body.slice(at, at + 3))) {
    const byte = Number.parseInt(body.slice(at, at + 3), 8);
    return byte > 255 ? err('octal escape value > 255') : ok({ text: '', byte, next: at + 3 });
  }
  const numeric = NUMERIC_ESCAPES[letter];
  if (numeric === undefined) return unknown;
  const digits = body.slice(at + 1, at + 1 + numeric[0]);
  if (digits.length < numeric[0] || !/^[0-9a-fA-F]+$/.test(digits))
    return err('illegal character in escape sequence');
  const code = Number.parseInt(digits, numeric[1]);
  const next = at + 1 + numeric[0];
  if (letter === 'x') return ok({ text: '', byte: code, next });
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    return err('escape sequence is an invalid Unicode code point');
  return ok({ text: String.fromCodePoint(code), next });
}

/** A double-quoted literal that `unquote` reads back, as Go's `%q` writes it for ordinary text. */
export function quote(text: string): string {
  let quoted = '"';
  for (const char of text) quoted += quotedChar(char);
  return `${quoted}"`;
}

const WRITTEN_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

function quotedChar(char: string): string {
  const written = WRITTEN_ESCAPES[char];
  if (written !== undefined) return written;
  const code = char.codePointAt(0) ?? 0;
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  if (PRINTABLE.test(char)) return char;
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}

/** What Go's `strconv.IsPrint` holds printable: of all spaces only the ordinary one. */
const PRINTABLE = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}

/** A character between single quotes, as Go's `%q` writes it; `''`, the end of a text, as U+FFFD. */
export function quoteRune(char: string): string {
  if (char === '') return "'\ufffd'";
  if (char === "'") return "'\\''";
  return char === '"' ? `'"'` : `'${quotedChar(char)}'`;
}
