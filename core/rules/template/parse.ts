import { ok, type Result } from '../../result.ts';
import type { Command, Operand, Pipe, TemplateNode } from './ast.ts';
import { lexTemplate, syntaxError, type TemplateSyntaxError, type Token } from './lex.ts';
import { literalValue, Refusal } from './literal-value.ts';

const DEPTH_MAX = 100; // nesting of blocks and parentheses; a person writes 3

/** A text that may define templates and use those of others. */
export interface TemplateFile {
  readonly nodes: readonly TemplateNode[];
  /** By `define` and `block`. */
  readonly defined: ReadonlyMap<string, readonly TemplateNode[]>;
}

/**
 * Parses Go template text. `functions` are the names that may be called and `variables` those that
 * exist from the start (with their `$`): any other name is an error now, not when an alert fires.
 */
export function parseTemplateFile(
  source: string,
  functions: ReadonlySet<string>,
  variables: readonly string[] = [],
): Result<TemplateFile, TemplateSyntaxError> {
  const tokens = lexTemplate(source);
  if (!tokens.ok) return tokens;
  const defined: Defined = new Map();
  try {
    const nodes = new Parser(source, tokens.value, functions, variables, defined).parse();
    return ok({ nodes, defined });
  } catch (problem) {
    if (problem instanceof Refusal) return syntaxError(source, problem.at, problem.message);
    throw problem;
  }
}

type Defined = Map<string, readonly TemplateNode[]>;

interface Block {
  readonly nodes: readonly TemplateNode[];
  readonly endedBy: 'end' | 'else' | 'eof';
}

/** Recursive descent over the tokens; `scope` holds the variables declared so far. */
class Parser {
  private readonly source: string;
  private readonly tokens: readonly Token[];
  private readonly functions: ReadonlySet<string>;
  private scope: string[];
  private readonly defined: Defined;
  private next = 0;
  private depth = 0;
  private loops = 0;

  constructor(
    source: string,
    tokens: readonly Token[],
    functions: ReadonlySet<string>,
    variables: readonly string[],
    defined: Defined,
  ) {
    this.source = source;
    this.defined = defined;
    this.tokens = tokens;
    this.functions = functions;
    this.scope = ['$', ...variables];
  }

  parse(): readonly TemplateNode[] {
    const block = this.parseBlock();
    if (block.endedBy === 'eof') return block.nodes;
    throw new Refusal(this.tokens[this.next - 1]?.at ?? 0, `unexpected {{${block.endedBy}}}`);
  }

  private peek(): Token {
    return this.tokens[this.next] ?? { kind: 'close', text: 'EOF', at: this.source.length };
  }

  private take(): Token {
    const token = this.peek();
    this.next += 1;
    return token;
  }

  private skipSpace(): void {
    while (this.peek().kind === 'space') this.next += 1;
  }

  private nested<T>(at: number, parse: () => T): T {
    this.depth += 1;
    if (this.depth > DEPTH_MAX) throw new Refusal(at, `nested more than ${DEPTH_MAX} deep`);
    const parsed = parse();
    this.depth -= 1;
    return parsed;
  }

  private parseBlock(): Block {
    const nodes: TemplateNode[] = [];
    while (this.next < this.tokens.length) {
      const token = this.take();
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text });
        continue;
      }
      this.skipSpace();
      const word = this.peek().kind === 'word' ? this.peek().text : '';
      if (word === 'end' || word === 'else') {
        this.next += 1;
        // `else if` and `else with` are left for the caller, who parses them as a nested block.
        if (word === 'end') this.expectClose('end');
        return { nodes, endedBy: word };
      }
      const node = this.parseAction(word);
      if (node !== undefined) nodes.push(node);
    }
    return { nodes, endedBy: 'eof' };
  }

  private parseAction(word: string): TemplateNode | undefined {
    const at = this.peek().at;
    if (word === 'if' || word === 'with' || word === 'range') {
      this.next += 1;
      return this.nested(at, () => this.parseControl(word, at));
    }
    if (word === 'break' || word === 'continue') {
      this.next += 1;
      if (this.loops === 0) throw new Refusal(at, `{{${word}}} outside {{range}}`);
      this.expectClose(word);
      return { kind: word, at };
    }
    if (word === 'define' || word === 'template' || word === 'block') {
      this.next += 1;
      return this.nested(at, () => this.parseNamed(word, at));
    }
    const pipe = this.parsePipe('command', 'close');
    return { kind: 'action', pipe, at };
  }

  /** A definition gives no node. */
  private parseNamed(word: 'define' | 'template' | 'block', at: number): TemplateNode | undefined {
    // As in Go, a definition stands in no other block.
    if (word === 'define' && this.depth > 1) throw new Refusal(at, 'unexpected {{define}}');
    this.skipSpace();
    const token = this.take();
    const name = token.kind === 'string' ? literalValue(token) : undefined;
    if (typeof name !== 'string')
      throw new Refusal(token.at, `unexpected "${token.text}" in ${word} clause`);
    this.skipSpace();
    const hasPipe = word !== 'define' && this.peek().kind !== 'close';
    const pipe = hasPipe ? this.parsePipe(`${word} clause`, 'close') : undefined;
    if (pipe === undefined) this.expectClose(`${word} clause`);
    if (word === 'block' && pipe === undefined)
      throw new Refusal(at, 'missing value for block clause');
    if (word !== 'template') this.parseDefinition(word, name, at);
    if (word === 'define') return undefined;
    return { kind: 'template', name, at: token.at, ...(pipe === undefined ? {} : { pipe }) };
  }

  private parseDefinition(word: 'define' | 'block', name: string, at: number): void {
    const outer = { scope: this.scope, loops: this.loops };
    this.scope = ['$'];
    this.loops = 0;
    const { nodes, endedBy } = this.parseBlock();
    if (endedBy === 'eof') throw new Refusal(this.source.length, 'unexpected EOF');
    if (endedBy === 'else') throw new Refusal(at, `unexpected {{else}} in ${word} clause`);
    this.scope = outer.scope;
    this.loops = outer.loops;
    const older = this.defined.get(name);
    if (older !== undefined && !isEmptyTemplate(older)) {
      if (isEmptyTemplate(nodes)) return;
      throw new Refusal(at, `multiple definition of template ${JSON.stringify(name)}`);
    }
    this.defined.set(name, nodes);
  }

  private parseControl(kind: 'if' | 'with' | 'range', at: number): TemplateNode {
    const outer = this.scope.length;
    const pipe = this.parsePipe(kind, 'close');
    if (kind === 'range') this.loops += 1;
    const body = this.parseBlock();
    if (kind === 'range') this.loops -= 1;
    let otherwise: readonly TemplateNode[] = [];
    if (body.endedBy === 'eof') throw new Refusal(this.source.length, 'unexpected EOF');
    if (body.endedBy === 'else') otherwise = this.parseElse(kind);
    this.scope.length = outer;
    return { kind, pipe, body: body.nodes, otherwise, at };
  }

  private parseElse(kind: 'if' | 'with' | 'range'): readonly TemplateNode[] {
    this.skipSpace();
    const token = this.peek();
    if (token.kind === 'word' && token.text === kind && kind !== 'range') {
      this.next += 1;
      return [this.nested(token.at, () => this.parseControl(kind, token.at))];
    }
    this.expectClose('else');
    const block = this.parseBlock();
    if (block.endedBy === 'eof') throw new Refusal(this.source.length, 'unexpected EOF');
    if (block.endedBy === 'else') throw new Refusal(token.at, 'expected end; found {{else}}');
    return block.nodes;
  }

  private expectClose(after: string): void {
    this.skipSpace();
    const token = this.take();
    if (token.kind !== 'close' || token.text === 'EOF')
      throw new Refusal(token.at, `unexpected "${token.text}" in ${after}`);
  }

  private parsePipe(context: string, until: 'close' | 'right'): Pipe {
    this.skipSpace();
    const at = this.peek().at;
    const { variables, assigns } = this.parseVariables(context);
    const commands: Command[] = [];
    for (;;) {
      this.skipSpace();
      const token = this.peek();
      if (token.kind === until && token.text !== 'EOF') {
        this.next += 1;
        break;
      }
      commands.push(this.parseCommand(context));
      this.skipSpace();
      if (this.peek().kind === 'pipe') this.next += 1;
    }
    if (commands.length === 0) throw new Refusal(at, `missing value for ${context}`);
    commands.slice(1).forEach((command, i) => {
      if (['literal', 'dot', 'nil'].includes(command.operands[0]?.kind ?? ''))
        throw new Refusal(command.at, `non executable command in pipeline stage ${i + 2}`);
    });
    // Declared only now: in `$x := $x` the right side is the older one.
    if (!assigns) this.scope.push(...variables);
    return { variables, assigns, commands, at };
  }

  private parseVariables(context: string): { variables: string[]; assigns: boolean } {
    const start = this.next;
    const variables: string[] = [];
    while (this.peek().kind === 'variable') {
      variables.push(this.take().text);
      this.skipSpace();
      const token = this.take();
      if (token.kind === 'declare' || token.kind === 'assign') {
        const unknown = variables.find((name) => !this.scope.includes(name));
        if (token.kind === 'assign' && unknown !== undefined)
          throw new Refusal(token.at, `undefined variable "${unknown}"`);
        return { variables, assigns: token.kind === 'assign' };
      }
      if (token.kind !== 'comma' || context !== 'range' || variables.length > 1) break;
      this.skipSpace();
    }
    this.next = start;
    return { variables: [], assigns: false };
  }

  private parseCommand(context: string): Command {
    const at = this.peek().at;
    const operands: Operand[] = [];
    for (;;) {
      const operand = this.parseOperand();
      if (operand === undefined) break;
      operands.push(operand);
      const after = this.peek();
      if (after.kind === 'space') this.next += 1;
      else if (!['close', 'right', 'pipe'].includes(after.kind))
        throw new Refusal(after.at, `unexpected "${after.text}" in operand`);
    }
    const first = operands[0];
    if (first === undefined) {
      const token = this.peek();
      if (token.text === 'EOF') throw new Refusal(token.at, 'unclosed action');
      throw new Refusal(token.at, `unexpected "${token.text}" in ${context}`);
    }
    return { operands, at, text: operands.map((operand) => operand.text).join(' ') };
  }

  private parseOperand(): Operand | undefined {
    const token = this.peek();
    const base = this.parseTerm(token);
    if (base === undefined) return undefined;
    const fields: string[] = [];
    const chainAt = this.peek().at;
    while (this.peek().kind === 'field') fields.push(this.take().text.slice(1));
    const text = this.source.slice(token.at, this.peek().at);
    if (fields.length === 0) return { ...base, text };
    if (base.kind === 'field' || base.kind === 'variable' || base.kind === 'pipe')
      return { ...base, fields: [...base.fields, ...fields], at: chainAt, text };
    if (base.kind === 'function') {
      // A function without arguments, such as `now.Foo`: called, then its field taken.
      const command: Command = { operands: [base], at: token.at, text: base.text };
      const pipe: Pipe = { variables: [], assigns: false, commands: [command], at: token.at };
      return { kind: 'pipe', pipe, fields, at: token.at, text };
    }
    throw new Refusal(token.at, `unexpected <.${fields[0]}> after term "${base.text}"`);
  }

  private parseTerm(token: Token): Operand | undefined {
    const { at, text } = token;
    switch (token.kind) {
      case 'dot':
        this.next += 1;
        return { kind: 'dot', at, text };
      case 'field':
        this.next += 1;
        return { kind: 'field', fields: [text.slice(1)], at, text };
      case 'variable':
        this.next += 1;
        if (!this.scope.includes(text)) throw new Refusal(at, `undefined variable "${text}"`);
        return { kind: 'variable', name: text, fields: [], at, text };
      case 'word':
        this.next += 1;
        return this.wordOperand(token);
      case 'string':
      case 'char':
      case 'number':
        this.next += 1;
        return { kind: 'literal', value: literalValue(token), at, text };
      case 'left': {
        this.next += 1;
        const pipe = this.nested(at, () => this.parsePipe('parenthesized pipeline', 'right'));
        return { kind: 'pipe', pipe, fields: [], at, text };
      }
      default:
        return undefined;
    }
  }

  private wordOperand({ text, at }: Token): Operand {
    if (text === 'true' || text === 'false')
      return { kind: 'literal', value: text === 'true', at, text };
    if (text === 'nil') return { kind: 'nil', at, text };
    if (!this.functions.has(text)) throw new Refusal(at, `function "${text}" not defined`);
    return { kind: 'function', name: text, at, text };
  }
}

/** Nothing but blanks: it takes the place of no other. Source: parse.IsEmptyTree. */
export function isEmptyTemplate(nodes: readonly TemplateNode[]): boolean {
  return nodes.every((node) => node.kind === 'text' && node.text.trim() === '');
}
