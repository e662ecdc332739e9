import type { Node } from 'yaml';
import type { RuleFileError } from '../rules/rule-file.ts';
import type { YamlFields } from '../rules/yaml-fields.ts';

/** What a configuration may refer to from outside its text. */
export interface ConfigOptions {
  /** What `${NAME}` stands for in any value. */
  readonly variables: Readonly<Record<string, string>>;
  /** Text of a file that the configuration names, as it names it; `undefined`: there is none. */
  readonly readFile: (name: string) => string | undefined;
}

export interface ConfigReader extends Pick<ConfigOptions, 'readFile'> {
  readonly yaml: YamlFields;
}

/** What was found wrong, in the order of the file. */
export function fileErrors({ problems }: YamlFields, file: string): RuleFileError[] {
  return problems
    .map((problem) => ({ file, ...problem }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

/** A mapping of a configuration being read. Problems are noted in the reader, with their place. */
export class ConfigSection {
  readonly reader: ConfigReader;
  readonly node: Node;
  /** How messages name it: `receiver "ops", sns_configs[0]`. */
  readonly what: string;
  private readonly values: ReadonlyMap<string, Node>;

  private constructor(
    reader: ConfigReader,
    node: Node,
    what: string,
    values: ReadonlyMap<string, Node>,
  ) {
    this.reader = reader;
    this.node = node;
    this.what = what;
    this.values = values;
  }

  /** `undefined`, with a problem noted, unless it is a mapping; see `YamlFields.map` for `refused`. */
  static open(
    reader: ConfigReader,
    node: Node,
    what: string,
    fields: readonly string[],
    refused: Readonly<Record<string, string>> = {},
  ): ConfigSection | undefined {
    const map = reader.yaml.map(node, what, fields, refused);
    return map && new ConfigSection(reader, node, what, map.values);
  }

  has(field: string): boolean {
    return this.values.has(field);
  }

  get(field: string): Node | undefined {
    return this.values.get(field);
  }

  /** Notes a problem at a field's value; without a field, or when it is absent, at the section. */
  problem(field: string | undefined, message: string): undefined {
    const node = field === undefined ? undefined : this.values.get(field);
    return this.reader.yaml.problem(node ?? this.node, `${this.what}: ${message}`);
  }

  text(field: string): string | undefined {
    return this.reader.yaml.text(this.values.get(field), this.about(field));
  }

  boolean(field: string): boolean | undefined {
    return this.reader.yaml.boolean(this.values.get(field), this.about(field));
  }

  whole(field: string): number | undefined {
    return this.reader.yaml.whole(this.values.get(field), this.about(field));
  }

  durationMs(field: string): number | undefined {
    return this.reader.yaml.durationMs(this.values.get(field), this.about(field));
  }

  list(field: string): readonly Node[] {
    return this.reader.yaml.list(this.values.get(field), this.about(field));
  }

  /** A list of texts; what is no text is left out, with a problem noted. */
  textList(field: string): string[] {
    return this.list(field).flatMap((node, i) => {
      const text = this.reader.yaml.text(node, `${this.about(field)}[${i}]`);
      return text === undefined ? [] : [text];
    });
  }

  texts(field: string): Record<string, string> {
    const entries = this.reader.yaml.texts(this.values.get(field), this.about(field));
    return Object.fromEntries(entries.map(([name, value]) => [name, value]));
  }

  section(
    field: string,
    fields: readonly string[],
    refused: Readonly<Record<string, string>> = {},
  ): ConfigSection | undefined {
    const node = this.values.get(field);
    return node && ConfigSection.open(this.reader, node, `${this.what}, ${field}`, fields, refused);
  }

  /** An http or https URL; the empty text counts as absent. */
  url(field: string): string | undefined {
    const text = this.text(field);
    return text === undefined || text === '' ? undefined : this.checkedUrl(field, text);
  }

  /** A text that a secret may be: given here, or in the file that `<field>_file` names. */
  secret(field: string): string | undefined {
    const text = this.text(field);
    const file = this.text(`${field}_file`);
    const isText = text !== undefined && text !== '';
    if (file === undefined || file === '') return isText ? text : undefined;
    if (isText)
      return this.problem(
        `${field}_file`,
        `at most one of ${field} & ${field}_file must be configured`,
      );
    return this.file(`${field}_file`, file);
  }

  secretUrl(field: string): string | undefined {
    const text = this.secret(field);
    return text === undefined ? undefined : this.checkedUrl(field, text);
  }

  /** Is it said here, in either form? */
  hasSecret(field: string): boolean {
    return this.has(field) || this.has(`${field}_file`);
  }

  /** A file's text without white space around it. */
  file(field: string, name: string): string | undefined {
    const text = this.reader.readFile(name)?.trim();
    if (text === undefined) return this.problem(field, `${field}: there is no file "${name}"`);
    if (text === '') return this.problem(field, `${field}: the file "${name}" is empty`);
    return text;
  }

  private about(field: string): string {
    return `${this.what}: "${field}"`;
  }

  /** Messages do not repeat the URL: webhook URLs are secrets. */
  private checkedUrl(field: string, text: string): string | undefined {
    if (text.includes('{{')) return this.problem(field, `"${field}" cannot be a template`);
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase() ?? '';
    if (scheme !== 'http' && scheme !== 'https')
      return this.problem(field, `"${field}": unsupported scheme "${scheme}" for URL`);
    if (!/^[^:]+:\/\/[^/?#]/.test(text))
      return this.problem(field, `"${field}": missing host for URL`);
    return URL.canParse(text) ? text : this.problem(field, `"${field}" is not a valid URL`);
  }
}
