import { AGENT_METRICS } from '../core/catalogue/agent-metrics.ts';
import { CATALOGUE } from '../core/catalogue/catalogue.ts';
import { CONTAINER_METRICS } from '../core/catalogue/container-metrics.ts';
import { HARDWARE_METRICS } from '../core/catalogue/hardware-metrics.ts';
import { HOST_METRICS } from '../core/catalogue/host-metrics.ts';
import type { Metric } from '../core/catalogue/metric.ts';
import { SCRAPE_METRICS } from '../core/catalogue/scrape-metrics.ts';
import { VM_METRICS } from '../core/catalogue/vm-metrics.ts';

/** docs/metrics.md, made from the catalogue so that it is never out of step. */
export function metricsPage(): string {
  const families: readonly (readonly [string, readonly Metric[]])[] = [
    ['Hosts', HOST_METRICS],
    ['Hardware and services of hosts', HARDWARE_METRICS],
    ['VMs', VM_METRICS],
    ['Containers', CONTAINER_METRICS],
    ['The agent', AGENT_METRICS],
    ['Numbers of other programs', SCRAPE_METRICS],
  ];
  const known = new Set(families.flatMap(([, metrics]) => metrics.map(({ name }) => name)));
  const made = CATALOGUE.filter(({ name }) => !known.has(name));
  const sections = [...families, ['Made by the evaluator', made] as const];
  return `# Metrics

Every metric Hypervigil makes by itself. All are gauges, ready to read: a rule needs no \`rate()\`.
Only what ends in \`_total\` is a counter. What could not be measured has no sample: missing is not
zero. Every series carries \`host\`; those of a VM also \`vm\` (its name) and \`uuid\`, by which it is known
wherever it runs; those of a container \`container\` (its name) and \`id\`.

${sections.map(([title, metrics]) => section(title, metrics)).join('\n')}`;
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
