import type { Command, Operand, Pipe, TemplateNode } from './ast.ts';
import type { TemplateFunction } from './builtin-functions.ts';
import { fieldOf } from './fields.ts';
import { writtenText } from './print.ts';
import { type GoValue, isTrue, TemplateFailure } from './value.ts';

/** A failure with the place in the template that it came from. */
export class LocatedFailure extends TemplateFailure {
  readonly at: number;
  /** The template's text there. */
  readonly context: string;
  /** The named template it came from; absent: the outermost one. */
  readonly template: string | undefined;
  constructor(at: number, context: string, message: string, template?: string) {
    super(message);
    this.at = at;
    this.context = context;
    this.template = template;
  }
}

const STEPS_MAX = 1_000_000; // about a second; a template that ranges over 10,000 VMs takes 50,000
const TEMPLATE_DEPTH_MAX = 100; // templates inside templates; each level takes some stack
const OUTPUT_MAX = 1 << 18; // characters; an SNS message holds 256 KiB

/** Asking whether time is up costs more than a step. */
const STEPS_BETWEEN_LOOKS = 1024;
/** A text that ran out of time is none that anybody shall see: whoever expands it does without. */
export class OutOfTime extends Error {}

/** What the function call gets where nothing was piped into it. */
const NOTHING = Symbol('nothing piped');
type Piped = GoValue | typeof NOTHING;
type NamedNode = Extract<TemplateNode, { readonly kind: 'template' }>;
type ControlNode = Extract<TemplateNode, { readonly body: unknown }>;
type Flow = 'next' | 'break' | 'continue';

/** What `{{template}}` may name. */
export type NamedTemplates = ReadonlyMap<string, readonly TemplateNode[]>;

/**
 * Runs a template on `dot`. `variables` exist from the start. Throws `LocatedFailure` for what only
 * shows when it runs; the work it does and the text it makes are bounded. Throws `OutOfTime` once `shouldStop` says so.
 */
export function runTemplate(
  nodes: readonly TemplateNode[],
  dot: GoValue,
  variables: Readonly<Record<string, GoValue>>,
  functions: Readonly<Record<string, TemplateFunction>>,
  templates: NamedTemplates = new Map(),
  shouldStop?: () => boolean,
): string {
  const run = new Run({ $: dot, ...variables }, functions, templates, shouldStop);
  run.runAll(nodes, dot);
  return run.output;
}

/** One run: the variables in scope, what was written, and how much work it has done. */
class Run {
  output = '';
  private steps = 0;
  private depth = 0;
  private scope: { name: string; value: GoValue }[];
  private readonly functions: Readonly<Record<string, TemplateFunction>>;
  private readonly templates: NamedTemplates;
  private readonly shouldStop: (() => boolean) | undefined;

  constructor(
    variables: Readonly<Record<string, GoValue>>,
    functions: Readonly<Record<string, TemplateFunction>>,
    templates: NamedTemplates,
    shouldStop?: () => boolean,
  ) {
    this.templates = templates;
    this.shouldStop = shouldStop;
    this.look();
    this.scope = Object.entries(variables).map(([name, value]) => ({ name, value }));
    this.functions = functions;
  }

  private step(): void {
    this.steps += 1;
    if (this.steps > STEPS_MAX) throw new LocatedFailure(0, '', `more than ${STEPS_MAX} steps`);
    if (this.steps % STEPS_BETWEEN_LOOKS === 0) this.look();
  }

  private look(): void {
    if (this.shouldStop?.() === true) throw new OutOfTime();
  }

  runAll(body: readonly TemplateNode[], here: GoValue): Flow {
    for (const node of body) {
      const flow = this.run(node, here);
      if (flow !== 'next') return flow;
    }
    return 'next';
  }

  private run(node: TemplateNode, here: GoValue): Flow {
    this.step();
    switch (node.kind) {
      case 'text':
        this.write(node.text);
        return 'next';
      case 'action': {
        const value = this.pipeValue(node.pipe, here);
        if (node.pipe.variables.length === 0) this.write(writtenText(value));
        return 'next';
      }
      case 'if':
      case 'with': {
        const outer = this.scope.length;
        const value = this.pipeValue(node.pipe, here);
        const inner = node.kind === 'with' ? value : here;
        const flow = isTrue(value)
          ? this.runAll(node.body, inner)
          : this.runAll(node.otherwise, here);
        this.scope.length = outer;
        return flow;
      }
      case 'range':
        return this.runRange(node, here);
      case 'template':
        this.runNamed(node, here);
        return 'next';
      default:
        return node.kind;
    }
  }

  private runNamed(node: NamedNode, here: GoValue): void {
    const piped = node.pipe?.commands.map(({ text }) => text).join(' | ') ?? '';
    const named = `template ${JSON.stringify(node.name)}`;
    const where = { at: node.at, text: piped === '' ? `{{${named}}}` : `{{${named} ${piped}}}` };
    const body = this.templates.get(node.name);
    if (body === undefined) throw locate(where, `${named} not defined`);
    if (this.depth === TEMPLATE_DEPTH_MAX)
      throw locate(where, `more than ${TEMPLATE_DEPTH_MAX} templates inside each other`);
    const dot = node.pipe === undefined ? undefined : this.pipeValue(node.pipe, here);
    const outer = this.scope;
    // It sees no variable of its caller's.
    this.scope = [{ name: '$', value: dot }];
    this.depth += 1;
    try {
      this.runAll(body, dot);
    } catch (problem) {
      const isOurs = problem instanceof LocatedFailure && problem.template === undefined;
      if (!isOurs) throw problem;
      throw new LocatedFailure(problem.at, problem.context, problem.message, node.name);
    }
    this.depth -= 1;
    this.scope = outer;
  }

  private write(text: string): void {
    this.output += text;
    if (this.output.length > OUTPUT_MAX)
      throw new LocatedFailure(0, '', `makes more than ${OUTPUT_MAX} characters`);
  }

  private runRange(node: ControlNode, here: GoValue): Flow {
    const outer = this.scope.length;
    const over = this.pipeValue({ ...node.pipe, variables: [] }, here);
    const { variables: names, assigns } = node.pipe;
    let count = 0;
    for (const [key, value] of entriesOf(over, node.pipe)) {
      count += 1;
      this.step();
      const [first, second] = names;
      if (first !== undefined) this.setVariable(first, second === undefined ? value : key, assigns);
      if (second !== undefined) this.setVariable(second, value, assigns);
      const flow = this.runAll(node.body, value);
      this.scope.length = outer;
      if (flow === 'break') break;
    }
    return count === 0 ? this.runAll(node.otherwise, here) : 'next';
  }

  private setVariable(name: string, value: GoValue, assigns: boolean): void {
    const existing = assigns
      ? this.scope.findLast((variable) => variable.name === name)
      : undefined;
    if (existing !== undefined) existing.value = value;
    else this.scope.push({ name, value });
  }

  private pipeValue(pipe: Pipe, here: GoValue): GoValue {
    let piped: Piped = NOTHING;
    for (const command of pipe.commands) piped = this.commandValue(command, here, piped);
    const value = piped === NOTHING ? undefined : piped;
    for (const name of pipe.variables) this.setVariable(name, value, pipe.assigns);
    return value;
  }

  private commandValue(command: Command, here: GoValue, piped: Piped): GoValue {
    this.step();
    const [first, ...rest] = command.operands;
    if (first === undefined) throw new Error(`empty command at ${command.at}`);
    if (first.kind === 'function') return this.callFunction(first.name, command, rest, here, piped);
    const isCall = rest.length > 0 || piped !== NOTHING;
    if (first.kind === 'field' || first.kind === 'variable' || first.kind === 'pipe') {
      const args = (): GoValue[] => [
        ...rest.map((operand) => this.operandValue(operand, here)),
        ...(piped === NOTHING ? [] : [piped]),
      ];
      return this.operandValue(first, here, isCall ? args : undefined);
    }
    if (isCall) throw locate(first, `can't give argument to non-function ${first.text}`);
    if (first.kind === 'nil') throw locate(first, 'nil is not a command');
    return this.operandValue(first, here);
  }

  private operandValue(operand: Operand, here: GoValue, args?: () => GoValue[]): GoValue {
    switch (operand.kind) {
      case 'dot':
        return here;
      case 'nil':
        return undefined;
      case 'literal':
        return operand.value;
      case 'function': {
        const command: Command = { operands: [operand], at: operand.at, text: operand.text };
        return this.callFunction(operand.name, command, [], here, NOTHING);
      }
      case 'field':
        return this.fieldChain(operand, here, operand.fields, args);
      case 'variable': {
        const found = this.scope.findLast((variable) => variable.name === operand.name);
        if (found === undefined) throw locate(operand, `undefined variable: ${operand.name}`);
        return this.fieldChain(operand, found.value, operand.fields, args);
      }
      case 'pipe':
        return this.fieldChain(operand, this.pipeValue(operand.pipe, here), operand.fields, args);
    }
  }

  private fieldChain(
    operand: Operand,
    start: GoValue,
    fields: readonly string[],
    args: (() => GoValue[]) | undefined,
  ): GoValue {
    if (fields.length === 0 && args !== undefined)
      throw locate(operand, `can't give argument to non-function ${operand.text}`);
    let value = start;
    fields.forEach((field, i) => {
      const own = i === fields.length - 1 ? args : undefined;
      try {
        value = fieldOf(value, field, own?.());
      } catch (problem) {
        throw located(problem, operand);
      }
    });
    return value;
  }

  private callFunction(
    name: string,
    command: Command,
    operands: readonly Operand[],
    here: GoValue,
    piped: Piped,
  ): GoValue {
    if (name === 'and' || name === 'or')
      return this.shortCircuit(name, command, operands, here, piped);
    const called = this.functions[name];
    if (called === undefined) throw new Error(`template function ${name} is not defined`);
    const args = operands.map((operand) => this.operandValue(operand, here));
    if (piped !== NOTHING) args.push(piped);
    const [min, max] = called.arity;
    if (args.length < min || args.length > max) {
      const want = min === max ? String(min) : `at least ${min}`;
      const where = { at: command.at, text: name };
      throw locate(where, `wrong number of args for ${name}: want ${want} got ${args.length}`);
    }
    try {
      const result = called.call(args);
      if (typeof result === 'string' && result.length > OUTPUT_MAX)
        throw new TemplateFailure(`makes more than ${OUTPUT_MAX} characters`);
      return result;
    } catch (problem) {
      if (!(problem instanceof TemplateFailure)) throw problem;
      throw locate(command, `error calling ${name}: ${problem.message}`);
    }
  }

  private shortCircuit(
    name: 'and' | 'or',
    command: Command,
    operands: readonly Operand[],
    here: GoValue,
    piped: Piped,
  ): GoValue {
    if (operands.length === 0 && piped === NOTHING)
      throw locate(command, `wrong number of args for ${name}: want at least 1 got 0`);
    let value: GoValue;
    for (const operand of operands) {
      value = this.operandValue(operand, here);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return piped === NOTHING ? value : piped;
  }
}

function* entriesOf(over: GoValue, pipe: Pipe): Generator<readonly [GoValue, GoValue]> {
  if (over === undefined) return;
  if (typeof over === 'bigint') {
    for (let i = 0n; i < over; i++) yield [i, i];
    return;
  }
  if (typeof over === 'object' && over.kind === 'list') {
    for (const [i, item] of over.items.entries()) yield [BigInt(i), item];
    return;
  }
  if (typeof over === 'object' && over.kind === 'map') {
    const names = [...over.entries.keys()].sort();
    for (const name of names) yield [name, over.entries.get(name)];
    return;
  }
  throw new LocatedFailure(
    pipe.at,
    pipe.commands.map((command) => command.text).join(' | '),
    `range can't iterate over ${writtenText(over)}`,
  );
}

function locate(where: { at: number; text: string }, message: string): LocatedFailure {
  return new LocatedFailure(where.at, where.text, message);
}

function located(problem: unknown, where: { at: number; text: string }): unknown {
  const isPlain = problem instanceof TemplateFailure && !(problem instanceof LocatedFailure);
  return isPlain ? locate(where, problem.message) : problem;
}
