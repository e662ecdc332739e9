import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { parseDurationMs } from './duration.ts';

/** What is wrong with a YAML file, and where (from 1). */
export interface YamlProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A mapping of a YAML file, with its values still as nodes so that errors can say where. */
export interface YamlMap {
  readonly node: Node;
  readonly values: ReadonlyMap<string, Node>;
}

/**
 * Reads a YAML file field by field, the way Go's strict decoder does: an unknown or repeated field
 * is a problem, a number or boolean is taken as text where text is wanted. Problems are collected,
 * so that a person sees all of them at once; a reader that finds one gives `undefined` (or nothing).
 */
export class YamlFields {
  readonly problems: YamlProblem[] = [];
  readonly root: Node | undefined;
  private readonly lines = new LineCounter();
  private readonly document;

  constructor(text: string) {
    this.document = parseDocument(text, {
      lineCounter: this.lines,
      prettyErrors: false,
      stringKeys: true,
    });
    for (const { pos, message } of this.document.errors) {
      this.problems.push({ ...this.place(pos[0]), message: `not valid YAML: ${message}` });
    }
    const { contents } = this.document;
    this.root =
      this.problems.length > 0 || isNothing(contents) ? undefined : (contents ?? undefined);
  }

  /** Notes a problem at a node (or at the file's start). */
  problem(node: Node | undefined, message: string): undefined {
    this.problems.push({ ...this.position(node), message });
  }

  position(node: Node | undefined): { line: number; column: number } {
    return this.place(node?.range?.[0] ?? 0);
  }

  private place(offset: number): { line: number; column: number } {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  /** A mapping with only these fields; absent and null fields are not in it. */
  map(node: Node, what: string, fields: readonly string[]): YamlMap | undefined {
    const pairs = this.pairs(node, what);
    if (pairs === undefined) return undefined;
    const values = new Map<string, Node>();
    for (const [key, value] of pairs) {
      const name = this.text(key, 'a field name') ?? '';
      if (!fields.includes(name)) this.problem(key, `${what}: unknown field "${name}"`);
      else if (!isNothing(value)) values.set(name, this.resolved(value));
    }
    return { node, values };
  }

  /** A field's text for use in messages, without looking for problems; `''` when there is none. */
  peek(node: Node, field: string): string {
    const target = this.resolved(node);
    const value = isMap<Node, Node | null>(target) ? target.get(field, true) : undefined;
    return isScalar(value) ? String(value.value ?? '') : '';
  }

  list(node: Node | undefined, what: string): readonly Node[] {
    if (node === undefined) return [];
    const target = this.resolved(node);
    if (isSeq<Node>(target)) return target.items.map((item) => this.resolved(item));
    this.problem(node, `${what} must be a list`);
    return [];
  }

  text(node: Node | undefined, what: string): string | undefined {
    if (node === undefined) return undefined;
    const target = this.resolved(node);
    if (!isScalar(target)) return this.problem(node, `${what} must be text`);
    if (typeof target.value === 'string') return target.value;
    return target.value === null ? '' : (target.source ?? String(target.value));
  }

  whole(node: Node | undefined, what: string): number | undefined {
    const text = this.text(node, what);
    if (text === undefined) return undefined;
    if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
    return this.problem(node, `${what} must be a whole number, not "${text}"`);
  }

  boolean(node: Node | undefined, what: string): boolean | undefined {
    const text = this.text(node, what);
    if (text === undefined) return undefined;
    if (text === 'true' || text === 'false') return text === 'true';
    return this.problem(node, `${what} must be true or false, not "${text}"`);
  }

  durationMs(node: Node | undefined, what: string): number | undefined {
    const text = this.text(node, what);
    if (text === undefined) return undefined;
    const ms = parseDurationMs(text);
    return ms.ok ? ms.value : this.problem(node, `${what}: ${ms.error}`);
  }

  /** A mapping from text to text, in the order written, each entry with its node. */
  texts(node: Node | undefined, what: string): [name: string, value: string, node: Node][] {
    if (node === undefined) return [];
    const entries: [string, string, Node][] = [];
    for (const [key, value] of this.pairs(node, what) ?? []) {
      const name = this.text(key, 'a name');
      const text = value === null ? '' : this.text(value, `${what} "${name}"`);
      if (name !== undefined && text !== undefined) entries.push([name, text, key]);
    }
    return entries;
  }

  private pairs(node: Node, what: string): [Node, Node | null][] | undefined {
    const target = this.resolved(node);
    if (!isMap<Node, Node | null>(target))
      return this.problem(node, `${what} must be a mapping of fields`);
    return target.items.map(({ key, value }) => [key, value]);
  }

  private resolved(node: Node): Node {
    if (!isAlias(node)) return node;
    return node.resolve(this.document) ?? node;
  }
}

function isNothing(node: Node | null | undefined): node is null | undefined {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}
