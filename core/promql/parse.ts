import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { err, ok, type Result } from '../result.ts';
import type { Expr, Position, PromqlError } from './ast.ts';
import { buildExpr } from './build-ast.ts';
import { children } from './build-context.ts';
import { fillGrammarGaps } from './grammar-gaps.ts';
import { syntaxProblem } from './syntax-problem.ts';
import { checkTypes } from './type-check.ts';

const QUERY_MAX_CHARS = 100_000; // a thousand times a long rule

/**
 * Reads a PromQL query into a typed tree whose types have been checked. Any text gives a value:
 * the error's message is `line:column: parse error: ...`, as Prometheus writes it.
 */
export function parsePromql(text: string): Result<Expr, PromqlError> {
  if (text.length > QUERY_MAX_CHARS) {
    return failure(text, {
      position: { start: 0, end: 0 },
      message: `query is ${text.length} characters long, the limit is ${QUERY_MAX_CHARS}`,
    });
  }
  const tree = parser.parse(fillGrammarGaps(text));
  const syntax = syntaxProblem(tree, text);
  if (syntax !== undefined) return failure(text, syntax);
  const problems: Problem[] = [];
  const problem = (position: Position, message: string) => problems.push({ position, message });
  const root = rootExpr(tree);
  if (root === undefined) {
    return failure(text, {
      position: { start: 0, end: 0 },
      message: 'no expression found in input',
    });
  }
  const expr = buildExpr(root, { text, problem });
  if (problems.length === 0) checkTypes(expr, problem);
  const [first] = problems;
  return first === undefined ? ok(expr) : failure(text, first);
}

interface Problem {
  readonly position: Position;
  readonly message: string;
}

function rootExpr(tree: Tree): SyntaxNode | undefined {
  return children(tree.topNode)[0];
}

function failure(text: string, { position, message }: Problem): Result<never, PromqlError> {
  const before = text.slice(0, position.start);
  const line = before.split('\n').length;
  const column = position.start - before.lastIndexOf('\n');
  return err({
    code: 'bad_data',
    message: `${line}:${column}: parse error: ${message}`,
    position,
  });
}
