import {
  type Alias,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  parseDocument,
} from 'yaml';

/** A YAML text as nodes, read in a time that grows with its length whatever it says. */
export interface YamlTree {
  readonly contents: Node | null;
  /** Each with the offset where it lies. */
  readonly errors: readonly { readonly at: number; readonly message: string }[];
  /** What aliases stand for, as far as there is an anchor of that name before them. */
  readonly targets: ReadonlyMap<Alias, Node>;
}

/**
 * Reads a text. That the keys of a mapping differ is looked at here, and anchors are found for all aliases at once:
 * the library holds each key against all others, and goes through the file again for each alias.
 */
export function readYaml(text: string, lineCounter?: LineCounter): YamlTree {
  const options = { prettyErrors: false, stringKeys: true, uniqueKeys: false };
  try {
    const document = parseDocument(
      text,
      lineCounter === undefined ? options : { ...options, lineCounter },
    );
    const walk = new Walk();
    walk.visit(document.contents);
    const found = document.errors.map(({ pos, message }) => ({ at: pos[0], message }));
    const errors = [...found, ...walk.errors].sort((a, b) => a.at - b.at);
    return { contents: document.contents, errors, targets: walk.targets };
  } catch (problem) {
    if (!(problem instanceof RangeError)) throw problem;
    const errors = [{ at: 0, message: 'it nests too deep' }];
    return { contents: null, errors, targets: new Map() };
  }
}

/** Once through all nodes, in the order in which they are written. */
class Walk {
  readonly errors: { readonly at: number; readonly message: string }[] = [];
  readonly targets = new Map<Alias, Node>();
  private readonly anchors = new Map<string, Node>();

  visit(node: unknown): void {
    if (!isNode(node)) return;
    if (isAlias(node)) {
      const target = this.anchors.get(node.source);
      if (target !== undefined) this.targets.set(node, target);
      return;
    }
    if (node.anchor !== undefined) this.anchors.set(node.anchor, node);
    if (isSeq(node)) for (const item of node.items) this.visit(item);
    if (!isMap(node)) return;
    const keys = new Set<unknown>();
    for (const { key, value } of node.items) {
      if (isScalar(key)) {
        if (keys.has(key.value))
          this.errors.push({ at: key.range?.[0] ?? 0, message: 'Map keys must be unique' });
        keys.add(key.value);
      }
      this.visit(key);
      this.visit(value);
    }
  }
}
