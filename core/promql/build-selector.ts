import type { SyntaxNode } from '@lezer/common';
import { METRIC_NAME } from '../series/labels.ts';
import type { Position, VectorSelector } from './ast.ts';
import { type BuildContext, children } from './build-context.ts';
import { createMatcher } from './selector.ts';
import type { Matcher } from './source.ts';
import { unquote } from './string-literal.ts';

/** `name{label="value", ...}`; a quoted name may stand inside the braces: `{"disk.free"}`. */
export function buildSelector(node: SyntaxNode, context: BuildContext): VectorSelector {
  const position = { start: node.from, end: node.to };
  const matchers: Matcher[] = [];
  const identifier = node.getChild('Identifier');
  const braces = node.getChild('LabelMatchers');
  let quotedName = '';
  for (const part of braces === null ? [] : children(braces)) {
    if (part.name === 'QuotedLabelName') {
      const name = textOf(part, context);
      if (quotedName !== '' || identifier !== null) nameTwice(position, context, name, matchers);
      quotedName = name;
      addMatcher(matchers, METRIC_NAME, '=', name, positionOf(part), context);
    } else addLabelMatcher(matchers, part, context);
  }
  if (identifier !== null) {
    const name = context.text.slice(identifier.from, identifier.to);
    if (matchers.some((matcher) => matcher.name === METRIC_NAME))
      nameTwice(position, context, name, matchers);
    addMatcher(matchers, METRIC_NAME, '=', name, position, context);
  }
  if (!matchers.some((matcher) => !matcher.matches('')))
    context.problem(position, 'vector selector must contain at least one non-empty matcher');
  return { kind: 'vectorSelector', matchers, offsetMs: 0, position };
}

function nameTwice(
  position: Position,
  context: BuildContext,
  name: string,
  matchers: readonly Matcher[],
): void {
  const other = matchers.find((matcher) => matcher.name === METRIC_NAME)?.value ?? '';
  context.problem(
    position,
    `metric name must not be set twice: ${JSON.stringify(name)} or ${JSON.stringify(other)}`,
  );
}

const OPS: ReadonlyMap<string, Matcher['op']> = new Map([
  ['=', '='],
  ['!=', '!='],
  ['=~', '=~'],
  ['!~', '!~'],
]);

function addLabelMatcher(matchers: Matcher[], node: SyntaxNode, context: BuildContext): void {
  const [nameNode, opNode, valueNode] = children(node);
  if (nameNode === undefined || opNode === undefined || valueNode === undefined)
    throw new Error(`${node.name} is not name, operator, value`);
  const op = OPS.get(context.text.slice(opNode.from, opNode.to));
  if (op === undefined) throw new Error(`unknown matcher operator in ${node.name}`);
  const name = textOf(nameNode, context);
  addMatcher(matchers, name, op, textOf(valueNode, context), positionOf(node), context);
}

function addMatcher(
  matchers: Matcher[],
  name: string,
  op: Matcher['op'],
  value: string,
  position: Position,
  context: BuildContext,
): void {
  const matcher = createMatcher(name, op, value);
  if (matcher.ok) matchers.push(matcher.value);
  else context.problem(position, matcher.error.message);
}

function textOf(node: SyntaxNode, context: BuildContext): string {
  const text = context.text.slice(node.from, node.to);
  if (node.name === 'LabelName') return text;
  const value = unquote(text);
  if (!value.ok) context.problem(positionOf(node), value.error);
  return value.ok ? value.value : '';
}

function positionOf(node: SyntaxNode): Position {
  return { start: node.from, end: node.to };
}
