import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node } from 'yaml';
import { parseDurationMs } from './duration.ts';
import { readYaml, type YamlTree } from './yaml-tree.ts';

/** What is wrong with a YAML file, and where (from 1). */
export interface YamlProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** More help nobody: whoever mends them sees the others then. */
const PROBLEMS_MAX = 1000;
/** Of one problem: a name in it may be as long as the file. */
const PROBLEM_MAX_CHARS = 500;

/**
 * How much may be read, in characters, where aliases and "<<" make much of little: what is written out is read about
 * twice, so a file that does without them never comes near.
 */
const READ_LEAST_CHARS = 1 << 20;
const READ_PER_CHAR = 4;

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
  private readonly tree: YamlTree;
  private leftChars: number;
  private readonly merging = new Set<Node>();
  private readonly variables: Readonly<Record<string, string>> | undefined;

  /**
   * With `variables`, `${NAME}` in a value stands for the variable's text, and `$${` for `${`;
   * without, texts are as they are written.
   */
  constructor(text: string, variables?: Readonly<Record<string, string>>) {
    this.variables = variables;
    this.leftChars = Math.max(READ_LEAST_CHARS, READ_PER_CHAR * text.length);
    this.tree = readYaml(text, this.lines);
    for (const { at, message } of this.tree.errors)
      this.note({ ...this.place(at), message: `not valid YAML: ${message}` });
    const { contents } = this.tree;
    this.root =
      this.problems.length > 0 || isNothing(contents) ? undefined : (contents ?? undefined);
  }

  /** Notes a problem at a node (or at the file's start). */
  problem(node: Node | undefined, message: string): undefined {
    this.note({ ...this.position(node), message });
  }

  private note({ message, ...where }: YamlProblem): void {
    if (this.problems.length >= PROBLEMS_MAX) return;
    const isLong = message.length > PROBLEM_MAX_CHARS;
    this.problems.push({
      ...where,
      message: isLong ? `${message.slice(0, PROBLEM_MAX_CHARS)}...` : message,
    });
  }

  /** Counts what is read; `false`, and a problem, when that is more than a file can say without aliases. */
  spend(chars: number): boolean {
    if (this.leftChars < 0) return false;
    this.leftChars -= chars;
    if (this.leftChars >= 0) return true;
    this.problem(undefined, 'aliases, "<<" or labels of groups make too much of it: write it out');
    return false;
  }

  position(node: Node | undefined): { line: number; column: number } {
    return this.place(node?.range?.[0] ?? 0);
  }

  private place(offset: number): { line: number; column: number } {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  /**
   * A mapping with only these fields; absent and null fields are not in it. `refused` has fields
   * that are known and not supported, each with what to do instead.
   */
  map(
    node: Node,
    what: string,
    fields: readonly string[],
    refused: Readonly<Record<string, string>> = {},
  ): YamlMap | undefined {
    const pairs = this.pairs(node, what);
    if (pairs === undefined) return undefined;
    const values = new Map<string, Node>();
    for (const [key, value] of pairs) {
      const name = this.written(key, 'a field name') ?? '';
      const hint = Object.hasOwn(refused, name) ? refused[name] : undefined;
      if (hint !== undefined) this.problem(key, `${what}: "${name}" is not supported: ${hint}`);
      else if (!fields.includes(name)) this.problem(key, `${what}: unknown field "${name}"`);
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
    if (isSeq<Node>(target))
      return this.spend(target.items.length) ? target.items.map((item) => this.resolved(item)) : [];
    this.problem(node, `${what} must be a list`);
    return [];
  }

  text(node: Node | undefined, what: string): string | undefined {
    const text = this.written(node, what);
    if (text === undefined || node === undefined || this.variables === undefined) return text;
    return this.replaced(text, this.variables, node, what);
  }

  private replaced(
    text: string,
    variables: Readonly<Record<string, string>>,
    node: Node,
    what: string,
  ): string | undefined {
    let isKnown = true;
    const replaced = text.replaceAll(VARIABLE, (found, name: string | undefined) => {
      if (name === undefined) return '${';
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
      if (value !== undefined) return value;
      isKnown = false;
      this.problem(node, `${what}: there is no variable "${name}"`);
      return found;
    });
    return isKnown ? replaced : undefined;
  }

  private written(node: Node | undefined, what: string): string | undefined {
    if (node === undefined) return undefined;
    const target = this.resolved(node);
    if (!isScalar(target)) return this.problem(node, `${what} must be text`);
    if (!this.spend(typeof target.value === 'string' ? target.value.length : 1)) return undefined;
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
    if (TRUE.test(text) || FALSE.test(text)) return TRUE.test(text);
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
      const name = this.written(key, 'a name');
      const text = value === null ? '' : this.text(value, `${what} "${name}"`);
      if (name !== undefined && text !== undefined) entries.push([name, text, key]);
    }
    return entries;
  }

  /** A mapping from any names, in the order written; entries without a value are left out. */
  entries(node: Node, what: string): [name: string, value: Node][] {
    const entries: [string, Node][] = [];
    for (const [key, value] of this.pairs(node, what) ?? []) {
      const name = this.written(key, 'a name');
      if (name !== undefined && !isNothing(value)) entries.push([name, this.resolved(value)]);
    }
    return entries;
  }

  private pairs(node: Node, what: string): [Node, Node | null][] | undefined {
    const target = this.resolved(node);
    if (!isMap<Node, Node | null>(target))
      return this.problem(node, `${what} must be a mapping of fields`);
    if (!this.spend(target.items.length)) return [];
    const pairs = target.items.map(({ key, value }): [Node, Node | null] => [key, value]);
    const merges = pairs.filter(([key]) => isMergeKey(key));
    if (merges.length === 0) return pairs;
    const own = pairs.filter(([key]) => !isMergeKey(key));
    for (const [, value] of merges) this.merge(own, value, what);
    return own;
  }

  /** `<<: *base`: fields of another mapping, or of several, which those written here override. */
  private merge(own: [Node, Node | null][], value: Node | null, what: string): void {
    if (value === null) return;
    const source = this.resolved(value);
    if (this.merging.has(source)) {
      this.problem(value, `${what}: "<<" names a mapping that contains it`);
      return;
    }
    this.merging.add(source);
    const names = new Set(own.map(([key]) => String(key)));
    for (const each of isSeq<Node>(source) ? source.items : [source]) {
      for (const pair of this.pairs(each, `${what}: what "<<" names`) ?? []) {
        const name = String(pair[0]);
        if (!names.has(name)) own.push(pair);
        names.add(name);
      }
    }
    this.merging.delete(source);
  }

  private resolved(node: Node): Node {
    if (!isAlias(node)) return node;
    return this.tree.targets.get(node) ?? node;
  }
}

/** Go's decoder takes YAML 1.1's words for a field that is true or false. */
const TRUE = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;

const VARIABLE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

function isMergeKey(key: Node): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.value === '<<';
}

function isNothing(node: Node | null | undefined): node is null | undefined {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}
