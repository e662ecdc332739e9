import type { SyntaxNode, Tree } from '@lezer/common';
import type { Position } from './ast.ts';

export interface SyntaxProblem {
  readonly position: Position;
  readonly message: string;
}

/**
 * What is wrong with a text that the grammar could not read, or undefined when it could. The parser
 * mends errors and goes on, so a tree with any error node is a text that is no query.
 */
export function syntaxProblem(tree: Tree, text: string): SyntaxProblem | undefined {
  const error = firstError(tree);
  if (error === undefined) return undefined;
  return unbalanced(text) ?? unexpected(error, text);
}

function firstError(tree: Tree): SyntaxNode | undefined {
  const cursor = tree.cursor();
  do {
    if (cursor.type.isError) return cursor.node;
  } while (cursor.next());
  return undefined;
}

const TOKEN =
  /\s+|#[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`|(?:0x[0-9a-fA-F]+|\.?\d[\d_.]*(?:[eE][+-]?\d+)?[a-z\d]*)|[a-zA-Z_:][\w:]*|[=!<>]=|=~|!~|[\s\S]/y;

const PAIRS: Readonly<Record<string, readonly [open: string, name: string]>> = {
  ')': ['(', 'parenthesis'],
  ']': ['[', 'bracket'],
  '}': ['{', 'brace'],
};

/** Brackets that do not pair up and strings that do not end: the likeliest slips, said plainly. */
function unbalanced(text: string): SyntaxProblem | undefined {
  const open: string[] = [];
  for (const { token, start } of tokens(text)) {
    const position = { start, end: start + token.length };
    if (token === '(' || token === '[' || token === '{') open.push(token);
    const pair = PAIRS[token];
    if (pair !== undefined && open.pop() !== pair[0])
      return { position, message: `unexpected right ${pair[1]} '${token}'` };
    if (token === '"' || token === "'") return { position, message: 'unterminated quoted string' };
    if (token === '`') return { position, message: 'unterminated raw string' };
  }
  const position = { start: text.length, end: text.length };
  switch (open.at(-1)) {
    case '(':
      return { position, message: 'unclosed left parenthesis' };
    case '[':
      return { position, message: 'unclosed left bracket' };
    case '{':
      return { position, message: 'unexpected end of input inside braces' };
    default:
      return undefined;
  }
}

function* tokens(text: string): Generator<{ token: string; start: number }> {
  TOKEN.lastIndex = 0;
  for (let start = 0; start < text.length; start = TOKEN.lastIndex) {
    TOKEN.lastIndex = start;
    const token = TOKEN.exec(text)?.[0] ?? text.charAt(start);
    TOKEN.lastIndex = start + token.length;
    if (/^[^\s#]/.test(token)) yield { token, start };
    TOKEN.lastIndex = start + token.length;
  }
}

const CONTEXTS: Readonly<Record<string, string>> = {
  LabelMatchers: ' in label matching',
  UnquotedLabelMatcher: ' in label matching',
  QuotedLabelMatcher: ' in label matching',
  GroupingLabels: ' in grouping opts',
  AggregateModifier: ' in grouping opts',
  AggregateExpr: ' in aggregation',
  OffsetExpr: ' in offset',
  OffsetDurationExpr: ' in offset',
  StepInvariantExpr: ' in @',
  MatrixSelector: ' in subquery or range selector',
  SubqueryExpr: ' in subquery selector',
  DurationExpr: ' in duration expression',
};

function unexpected(error: SyntaxNode, text: string): SyntaxProblem {
  const all = [...tokens(text)];
  if (all.length === 0)
    return { position: { start: 0, end: 0 }, message: 'no expression found in input' };
  const index = all.findIndex(({ token, start }) => start + token.length > error.from);
  const found = all[index];
  const before = all[index < 0 ? all.length - 1 : index - 1];
  const context = CONTEXTS[error.parent?.name ?? ''] ?? '';
  if (found === undefined) {
    const end = text.length;
    return { position: { start: end, end }, message: `unexpected end of input${context}` };
  }
  if (found.token === '(' && before !== undefined && /^[a-zA-Z_:][\w:]*$/.test(before.token)) {
    const position = { start: before.start, end: found.start };
    return { position, message: `unknown function with name "${before.token}"` };
  }
  const position = { start: found.start, end: found.start + found.token.length };
  return { position, message: `unexpected ${describe(found.token)}${context}` };
}

function describe(token: string): string {
  if (/^["'`]/.test(token)) return `string ${token}`;
  if (/^\.?\d/.test(token)) return `number "${token}"`;
  if (/^[a-zA-Z_:]/.test(token)) return `identifier "${token}"`;
  return /^[-+*/%^=!<>@,(){}[\]:~]+$/.test(token) ? `"${token}"` : `character: '${token}'`;
}
