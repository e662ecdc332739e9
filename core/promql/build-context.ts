import type { SyntaxNode } from '@lezer/common';
import type { Position } from './ast.ts';

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
