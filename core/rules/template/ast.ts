/** A template as parsed: Go's text/template. */

interface Position {
  /** Index in the template's text, for messages. */
  readonly at: number;
}

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | (Position & { readonly kind: 'action'; readonly pipe: Pipe })
  | (Position & { readonly kind: 'break' | 'continue' })
  /** `{{template "name" pipe}}`; without a pipe its dot is nil. */
  | (Position & { readonly kind: 'template'; readonly name: string; readonly pipe?: Pipe })
  | (Position & {
      readonly kind: 'if' | 'with' | 'range';
      readonly pipe: Pipe;
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    });

/** `$a, $b := first | second`: each command's result is the next one's last argument. */
export interface Pipe extends Position {
  /** Variables it sets, with the `$`. Two only in `range`. */
  readonly variables: readonly string[];
  /** `=` on a variable that exists, not `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

export interface Command extends Position {
  /** At least one. The first may be a function. */
  readonly operands: readonly Operand[];
  /** As written, for messages. */
  readonly text: string;
}

export type Operand = Position & { readonly text: string } & (
    | { readonly kind: 'dot' | 'nil' }
    /** A number without point or exponent is a Go int, here a bigint. */
    | { readonly kind: 'literal'; readonly value: string | boolean | number | bigint }
    | { readonly kind: 'function'; readonly name: string }
    /** `$x.a.b`; the name is with the `$`. */
    | { readonly kind: 'variable'; readonly name: string; readonly fields: readonly string[] }
    /** `.a.b` */
    | { readonly kind: 'field'; readonly fields: readonly string[] }
    /** `(pipe).a.b` */
    | { readonly kind: 'pipe'; readonly pipe: Pipe; readonly fields: readonly string[] }
  );
