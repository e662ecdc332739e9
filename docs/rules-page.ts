import { readdirSync, readFileSync } from 'node:fs';
import { formatDurationMs } from '../core/rules/duration.ts';
import {
  type AlertingRule,
  formatRuleFileError,
  parseRuleFile,
  type RuleGroup,
} from '../core/rules/rule-file.ts';

const RULES = new URL('../rules/', import.meta.url);

/** docs/rules.md, made from the default rule pack so that it is never out of step. */
export function rulesPage(): string {
  const files = readdirSync(RULES)
    .filter((name) => name.endsWith('.rules.yaml'))
    .sort();
  return `# Rules

Rules are Prometheus rule files (\`rules/*.rules.yaml\`): what \`promtool check rules\` takes, Hypervigil
takes, and what it refuses is refused with file, line, group and rule. An alert fires when its
expression has had a value for the time in the column *for*, and is over when it has none.

The default pack is small on purpose: each alert asks somebody to do something. The files say in
comments why a threshold is what it is.

${files.map(section).join('\n')}
## Changing them

- Another threshold: edit the expression in \`rules/\` and say so in its test in \`rules/tests/\`.
- A new alert: write it into a file \`rules/<name>.rules.yaml\`. Give it a label \`severity\`
  (\`critical\`, \`warning\` or \`info\`), an annotation \`summary\` (one short sentence, for an SMS: what,
  where, how much) and a \`description\` (what it means and what to do).
- No such alert: delete it.
- Windows such as \`[5m]\` reach back an hour at most: the evaluator keeps that much at hand.

Then try them, with the numbers you choose and without waiting for them to happen:

    npx hypervigil rules test rules/tests/*.test.yaml

The tests are in promtool's format, so \`promtool test rules\` runs them as well. Templates have all
variables and functions of Prometheus' [template reference](https://prometheus.io/docs/prometheus/latest/configuration/template_reference/)
but those for console pages. After a change of the pack, \`node docs/make-rules.ts\` writes this page anew.
`;
}

function section(file: string): string {
  const parsed = parseRuleFile(readFileSync(new URL(file, RULES), 'utf8'), `rules/${file}`);
  if (!parsed.ok) throw new Error(parsed.error.map(formatRuleFileError).join('\n'));
  return `## rules/${file}

| alert | severity | when | for | message |
| --- | --- | --- | --- | --- |
${alertsOf(parsed.value).map(row).join('\n')}
`;
}

function alertsOf(groups: readonly RuleGroup[]): AlertingRule[] {
  return groups.flatMap(({ rules }) => rules.filter((rule) => rule.kind === 'alert'));
}

function row({ name, exprText, forMs, labels, annotations }: AlertingRule): string {
  const text = (entries: AlertingRule['labels'], wanted: string) =>
    entries.find((entry) => entry.name === wanted)?.template.text ?? '';
  const cells = [
    `**${name}**`,
    text(labels, 'severity'),
    `\`${exprText.replace(/\s+/g, ' ')}\``,
    forMs === 0 ? 'at once' : formatDurationMs(forMs),
    outline(text(annotations, 'summary')),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** A template as one reads it: what stands for a value, and of alternatives the first. */
function outline(template: string): string {
  return template
    .replace(/\{\{ else \}\}.*?(?=\{\{ end \}\})/g, '')
    .replace(/\{\{ (?:if|end)\b.*?\}\}/g, '')
    .replace(/\{\{ with\b.*?\}\}/g, '')
    .replace(/\{\{.*?\}\}/g, placeholder);
}

/** `{{ $labels.host }}` as *host*, anything with the value as *value*. */
function placeholder(action: string): string {
  const label = /^\{\{ \$labels\.(\w+) \}\}$/.exec(action)?.[1];
  return `*${label ?? 'value'}*`;
}
