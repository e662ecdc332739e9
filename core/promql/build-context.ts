import type { SyntaxNode } from '@lezer/common';
import type { Position } from './ast.ts';
import { unquote } from './string-literal.ts';

/** What building needs besides the node: the text, and where problems are noted. */
export interface BuildContext {
  readonly text: string;
  /** Notes a problem. Building goes on with a stand-in, and the first problem is reported. */
  readonly problem: (position: Position, message: string) => void;
}

/** The children that say something: comments and bare punctuation left out. */
export function children(node: SyntaxNode): SyntaxNode[] {
  const list: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'LineComment') list.push(child);
  }
  return list;
}

/** The names in `(a, "b c")` of by, without, on, ignoring and group_x. */
export function labelNames(node: SyntaxNode, context: BuildContext): string[] {
  return children(node)
    .filter((child) => child.name === 'LabelName' || child.name === 'QuotedLabelName')
    .map((child) => {
      const text = context.text.slice(child.from, child.to);
      if (child.name === 'LabelName') return text;
      const name = unquote(text);
      if (!name.ok) context.problem({ start: child.from, end: child.to }, name.error);
      return name.ok ? name.value : '';
    });
}
