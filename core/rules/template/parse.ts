import { unquote } from '../../promql/string-literal.ts';
import { ok, type Result } from '../../result.ts';
import type { Command, Operand, Pipe, TemplateNode } from './ast.ts';
import { lexTemplate, syntaxError, type TemplateSyntaxError, type Token } from './lex.ts';

/** Thrown inside the parser only; `parseTemplateText` turns it into a value. */
class Refusal extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

const DEPTH_MAX = 100; // nesting of blocks and parentheses; a person writes 3

/**
 * Parses Go template text. `functions` are the names that may be called and `variables` those that
 * exist from the start (with their `$`): any other name is an error now, not when an alert fires.
 */
export function parseTemplateText(
  source: string,
  functions: ReadonlySet<string>,
  variables: readonly string[],
): Result<readonly TemplateNode[], TemplateSyntaxError> {
  const tokens = lexTemplate(source);
  if (!tokens.ok) return tokens;
  try {
    return ok(parseAll(source, tokens.value, functions, variables));
  } catch (problem) {
    if (problem instanceof Refusal) return syntaxError(source, problem.at, problem.message);
    throw problem;
  }
}

interface Block {
  readonly nodes: readonly TemplateNode[];
  readonly endedBy: 'end' | 'else' | 'eof';
}

function parseAll(
  source: string,
  tokens: readonly Token[],
  functions: ReadonlySet<string>,
  known: readonly string[],
): readonly TemplateNode[] {
  let next = 0;
  let depth = 0;
  let loops = 0;
  const scope: string[] = ['$', ...known];
  const block = parseBlock();
  if (block.endedBy !== 'eof') {
    throw new Refusal(tokens[next - 1]?.at ?? 0, `unexpected {{${block.endedBy}}}`);
  }
  return block.nodes;

  function peek(): Token {
    return tokens[next] ?? { kind: 'close', text: 'EOF', at: source.length };
  }
  function take(): Token {
    const token = peek();
    next += 1;
    return token;
  }
  function skipSpace(): void {
    while (peek().kind === 'space') next += 1;
  }
  function nested<T>(at: number, parse: () => T): T {
    depth += 1;
    if (depth > DEPTH_MAX) throw new Refusal(at, `nested more than ${DEPTH_MAX} deep`);
    const parsed = parse();
    depth -= 1;
    return parsed;
  }

  function parseBlock(): Block {
    const nodes: TemplateNode[] = [];
    while (next < tokens.length) {
      const token = take();
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text });
        continue;
      }
      skipSpace();
      const word = peek().kind === 'word' ? peek().text : '';
      if (word === 'end' || word === 'else') {
        next += 1;
        // `else if` and `else with` are left for the caller, who parses them as a nested block.
        if (word === 'end') expectClose('end');
        return { nodes, endedBy: word };
      }
      nodes.push(parseAction(word));
    }
    return { nodes, endedBy: 'eof' };
  }

  function parseAction(word: string): TemplateNode {
    const at = peek().at;
    if (word === 'if' || word === 'with' || word === 'range') {
      next += 1;
      return nested(at, () => parseControl(word, at));
    }
    if (word === 'break' || word === 'continue') {
      next += 1;
      if (loops === 0) throw new Refusal(at, `{{${word}}} outside {{range}}`);
      expectClose(word);
      return { kind: word, at };
    }
    if (word === 'define' || word === 'template' || word === 'block')
      throw new Refusal(at, `{{${word}}} is not supported in rules`);
    const pipe = parsePipe('command', 'close');
    return { kind: 'action', pipe, at };
  }

  function parseControl(kind: 'if' | 'with' | 'range', at: number): TemplateNode {
    const outer = scope.length;
    const pipe = parsePipe(kind, 'close');
    if (kind === 'range') loops += 1;
    const body = parseBlock();
    if (kind === 'range') loops -= 1;
    let otherwise: readonly TemplateNode[] = [];
    if (body.endedBy === 'eof') throw new Refusal(source.length, 'unexpected EOF');
    if (body.endedBy === 'else') otherwise = parseElse(kind);
    scope.length = outer;
    return { kind, pipe, body: body.nodes, otherwise, at };
  }

  function parseElse(kind: 'if' | 'with' | 'range'): readonly TemplateNode[] {
    skipSpace();
    const token = peek();
    if (token.kind === 'word' && token.text === kind && kind !== 'range') {
      next += 1;
      return [nested(token.at, () => parseControl(kind, token.at))];
    }
    expectClose('else');
    const block = parseBlock();
    if (block.endedBy === 'eof') throw new Refusal(source.length, 'unexpected EOF');
    if (block.endedBy === 'else') throw new Refusal(token.at, 'expected end; found {{else}}');
    return block.nodes;
  }

  function expectClose(after: string): void {
    skipSpace();
    const token = take();
    if (token.kind !== 'close' || token.text === 'EOF')
      throw new Refusal(token.at, `unexpected "${token.text}" in ${after}`);
  }

  function parsePipe(context: string, until: 'close' | 'right'): Pipe {
    skipSpace();
    const at = peek().at;
    const { variables, assigns } = parseVariables(context);
    const commands: Command[] = [];
    for (;;) {
      skipSpace();
      const token = peek();
      if (token.kind === until && token.text !== 'EOF') {
        next += 1;
        break;
      }
      commands.push(parseCommand(context));
      skipSpace();
      if (peek().kind === 'pipe') next += 1;
    }
    if (commands.length === 0) throw new Refusal(at, `missing value for ${context}`);
    commands.slice(1).forEach((command, i) => {
      if (['literal', 'dot', 'nil'].includes(command.operands[0]?.kind ?? ''))
        throw new Refusal(command.at, `non executable command in pipeline stage ${i + 2}`);
    });
    // Declared only now: in `$x := $x` the right side is the older one.
    if (!assigns) scope.push(...variables);
    return { variables, assigns, commands, at };
  }

  function parseVariables(context: string): { variables: string[]; assigns: boolean } {
    const start = next;
    const variables: string[] = [];
    while (peek().kind === 'variable') {
      variables.push(take().text);
      skipSpace();
      const token = take();
      if (token.kind === 'declare' || token.kind === 'assign') {
        const unknown = variables.find((name) => !scope.includes(name));
        if (token.kind === 'assign' && unknown !== undefined)
          throw new Refusal(token.at, `undefined variable "${unknown}"`);
        return { variables, assigns: token.kind === 'assign' };
      }
      if (token.kind !== 'comma' || context !== 'range' || variables.length > 1) break;
      skipSpace();
    }
    next = start;
    return { variables: [], assigns: false };
  }

  function parseCommand(context: string): Command {
    const at = peek().at;
    const operands: Operand[] = [];
    for (;;) {
      const operand = parseOperand();
      if (operand === undefined) break;
      operands.push(operand);
      const after = peek();
      if (after.kind === 'space') next += 1;
      else if (!['close', 'right', 'pipe'].includes(after.kind))
        throw new Refusal(after.at, `unexpected "${after.text}" in operand`);
    }
    const first = operands[0];
    if (first === undefined) {
      const token = peek();
      if (token.text === 'EOF') throw new Refusal(token.at, 'unclosed action');
      throw new Refusal(token.at, `unexpected "${token.text}" in ${context}`);
    }
    return { operands, at, text: operands.map((operand) => operand.text).join(' ') };
  }

  function parseOperand(): Operand | undefined {
    const token = peek();
    const base = parseTerm(token);
    if (base === undefined) return undefined;
    const fields: string[] = [];
    const chainAt = peek().at;
    while (peek().kind === 'field') fields.push(take().text.slice(1));
    const text = source.slice(token.at, peek().at);
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

  function parseTerm(token: Token): Operand | undefined {
    const { at, text } = token;
    switch (token.kind) {
      case 'dot':
        next += 1;
        return { kind: 'dot', at, text };
      case 'field':
        next += 1;
        return { kind: 'field', fields: [text.slice(1)], at, text };
      case 'variable':
        next += 1;
        if (!scope.includes(text)) throw new Refusal(at, `undefined variable "${text}"`);
        return { kind: 'variable', name: text, fields: [], at, text };
      case 'word':
        next += 1;
        return wordOperand(token);
      case 'string':
      case 'char':
      case 'number':
        next += 1;
        return { kind: 'literal', value: literalValue(token), at, text };
      case 'left': {
        next += 1;
        const pipe = nested(at, () => parsePipe('parenthesized pipeline', 'right'));
        return { kind: 'pipe', pipe, fields: [], at, text };
      }
      default:
        return undefined;
    }
  }

  function wordOperand({ text, at }: Token): Operand {
    if (text === 'true' || text === 'false')
      return { kind: 'literal', value: text === 'true', at, text };
    if (text === 'nil') return { kind: 'nil', at, text };
    if (!functions.has(text)) throw new Refusal(at, `function "${text}" not defined`);
    return { kind: 'function', name: text, at, text };
  }
}

function literalValue(token: Token): string | number | bigint {
  if (token.kind === 'number') return numberValue(token);
  const text = unquote(token.text);
  if (!text.ok) throw new Refusal(token.at, text.error);
  if (token.kind === 'string') return text.value;
  const code = text.value.codePointAt(0);
  if (code === undefined || text.value.length !== String.fromCodePoint(code).length)
    throw new Refusal(token.at, `malformed character constant: ${token.text}`);
  return BigInt(code);
}

/** Digits alone are an int; a point or an exponent makes a float64, as in Go. */
function numberValue(token: Token): number | bigint {
  const text = token.text.replaceAll('_', '');
  const sign = text.startsWith('-') ? -1n : 1n;
  const digits = text.replace(/^[+-]/, '');
  if (/^0[0-7]+$/.test(digits)) return sign * BigInt(`0o${digits.slice(1)}`);
  if (/^(0[xXbBoO][0-9a-fA-F]+|\d+)$/.test(digits)) return sign * BigInt(digits.toLowerCase());
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Refusal(token.at, `bad number syntax: "${token.text}"`);
  return value;
}
