/** What a piece of an expression is, for its colour. */
export type PieceKind =
  | 'string'
  | 'number'
  | 'function'
  | 'keyword'
  | 'label'
  | 'comment'
  | 'plain';

export interface Piece {
  readonly kind: PieceKind;
  readonly text: string;
}

const TOKENS =
  /#[^\n]*|"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`[^`]*`?|[A-Za-z_:][\w:]*|(?:\d|\.\d)[\d.]*(?:e[+-]?\d+)?\w*|\s+|./gis;

const KEYWORDS = new Set(
  [
    'and',
    'or',
    'unless',
    'atan2',
    'by',
    'without',
    'on',
    'ignoring',
    'group_left',
    'group_right',
  ].concat(['bool', 'offset', 'start', 'end']),
);

/** An expression in pieces that together are its text. It is not checked. */
export function promqlPieces(text: string): readonly Piece[] {
  const tokens = text.match(TOKENS) ?? [];
  let braces = 0;
  return tokens.map((token, i): Piece => {
    if (token === '{') braces++;
    if (token === '}') braces--;
    return { kind: kindOf(token, tokens.slice(i + 1), braces > 0), text: token };
  });
}

function kindOf(token: string, rest: readonly string[], isInBraces: boolean): PieceKind {
  if (token.startsWith('#')) return 'comment';
  if (/^["'`]/.test(token)) return 'string';
  if (/^[\d.]\S/.test(token) || /^\d$/.test(token)) return 'number';
  if (!/^[A-Za-z_:]/.test(token)) return 'plain';
  if (isInBraces) return 'label';
  if (KEYWORDS.has(token.toLowerCase())) return 'keyword';
  const next = rest.find((one) => one.trim() !== '');
  return next === '(' || next?.toLowerCase() === 'by' || next?.toLowerCase() === 'without'
    ? 'function'
    : 'plain';
}
