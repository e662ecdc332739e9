import { AGENT_METRICS } from '../core/catalogue/agent-metrics.ts';
import { CATALOGUE } from '../core/catalogue/catalogue.ts';
import { HOST_METRICS } from '../core/catalogue/host-metrics.ts';
import type { Metric } from '../core/catalogue/metric.ts';
import { VM_METRICS } from '../core/catalogue/vm-metrics.ts';

/** docs/metrics.md, made from the catalogue so that it is never out of step. */
export function metricsPage(): string {
  const families: readonly Metric[][] = [[...HOST_METRICS], [...VM_METRICS], [...AGENT_METRICS]];
  const made = CATALOGUE.filter(
    (metric) => !families.flat().some(({ name }) => name === metric.name),
  );
  return `# Metrics

Every metric Hypervigil makes by itself. All are gauges, ready to read: a rule needs no \`rate()\`.
What could not be measured has no sample: missing is not zero. Every series carries \`host\`; those of
a VM also \`vm\` (its name) and \`uuid\`, by which it is known wherever it runs.

${section('Hosts', families[0] ?? [])}
${section('VMs', families[1] ?? [])}
${section('The agent', families[2] ?? [])}
${section('Made by the evaluator', made)}`;
}

function section(title: string, metrics: readonly Metric[]): string {
  return `## ${title}

| metric | labels | meaning | where from | in steps of |
| --- | --- | --- | --- | --- |
${metrics.map(row).join('\n')}
`;
}

function row({ name, labels, help, source, unit, resolution }: Metric): string {
  const cells = [
    `\`${name}\``,
    labels.join(', '),
    help,
    source,
    unit === 'info' ? '' : stepText(resolution),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function stepText(resolution: number): string {
  if (resolution === 1024) return '1 KiB';
  return resolution === 1 << 20 ? '1 MiB' : String(resolution);
}
