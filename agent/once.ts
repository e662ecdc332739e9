import { metricNamed } from '../core/catalogue/catalogue.ts';
import { roundTo } from '../core/catalogue/metric.ts';
import type { CollectorRun } from './collector-runner.ts';
import type { Measurement } from './collectors/collector.ts';
import { formatValue } from './units.ts';

/** Labels that say whose number it is: they head a column. Others stand behind the value. */
const COLUMN_LABELS: readonly string[] = [
  ...['vm', 'container', 'device', 'mountpoint'],
  ...['chip', 'sensor', 'gpu', 'unit', 'instance'],
];

/** What tells things of one name apart, or what the heading says better. */
const HIDDEN_LABELS: readonly string[] = ['uuid', 'id', 'fstype', 'job'];

/** Lines about numbers of other programs: of an exporter with hundreds, the first are enough. */
const FOREIGN_LINES_MAX = 20;

const LINE_WIDTH = 110;
const GAP = '  ';

interface Family {
  readonly title: string;
  /** Metric name to column heading to text. */
  readonly rows: Map<string, Map<string, string>>;
  readonly columns: Set<string>;
}

/** One sample as text: a table per family, a column per device, filesystem or VM. */
export function formatSample(runs: readonly CollectorRun[]): string {
  const families = new Map<string, Family>();
  const facts: string[] = [];
  const foreign: string[] = [];
  for (const measurement of runs.flatMap((run) => run.measurements)) {
    if (measurement.name === 'host_info') facts.push(...formatFacts(measurement));
    else if (metricNamed(measurement.name) === undefined) foreign.push(formatForeign(measurement));
    else addTo(families, measurement);
  }
  const tables = [...families.values()].map(formatFamily);
  if (foreign.length > 0) tables.push(formatForeignLines(foreign));
  const failed = runs.filter(({ status }) => status === 'failed').map((run) => run.collector);
  if (failed.length > 0) tables.push(`no numbers from: ${failed.join(', ')}`);
  if (facts.length > 0) tables.unshift(facts.join('\n'));
  return tables.join('\n\n');
}

function formatFacts({ labels }: Measurement): readonly string[] {
  const known = Object.entries(labels).filter(([, value]) => value !== '');
  return alignLeft(known.map(([name, value]) => [name, value]));
}

/** As on the page it comes from: its name and labels are not ours to shorten. */
function formatForeign({ name, labels, value }: Measurement): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
  return `${name}{${pairs.join(', ')}} ${value}`;
}

function formatForeignLines(lines: readonly string[]): string {
  const shown = lines.slice(0, FOREIGN_LINES_MAX);
  const more = lines.length - shown.length;
  if (more > 0) shown.push(`and ${more} more`);
  return ['of other programs', ...shown.map((line) => GAP + line)].join('\n');
}

function addTo(families: Map<string, Family>, { name, labels, value }: Measurement): void {
  const title = familyOf(name);
  const family = families.get(title) ?? { title, rows: new Map(), columns: new Set<string>() };
  families.set(title, family);
  const column = COLUMN_LABELS.flatMap((label) => labels[label] ?? []).join(' ');
  const rest = Object.entries(labels)
    .filter(([label]) => !HIDDEN_LABELS.includes(label) && !COLUMN_LABELS.includes(label))
    .map(([, text]) => text);
  const metric = metricNamed(name);
  const number =
    metric === undefined ? String(value) : formatValue(metric, roundTo(metric.resolution, value));
  const row = family.rows.get(name) ?? new Map<string, string>();
  family.rows.set(name, row);
  family.columns.add(column);
  row.set(column, rest.length === 0 ? number : `${number} (${rest.join(', ')})`);
}

/** Families with a table of their own; the rest of a scope goes into one. */
const FAMILIES =
  /^(host)_(cpu|memory|swap|pressure|disk|filesystem|network|temperature|gpu|systemd)_|^(vm)_(disk|network)_/;

/** `host_cpu_usage_percent` is of `host cpu`, `host_load1` of `host`, `vm_disk_...` of `vm disk`. */
function familyOf(name: string): string {
  const [, host, ofHost, vm, ofVm] = FAMILIES.exec(name) ?? [];
  if (host !== undefined) return `${host} ${ofHost}`;
  if (vm !== undefined) return `${vm} ${ofVm}`;
  return name.slice(0, name.indexOf('_'));
}

function formatFamily({ title, rows, columns }: Family): string {
  const names = [...rows.keys()];
  const shortNames = names.map((name) => shorten(name, title));
  const first = Math.max(title.length, ...shortNames.map((name) => name.length + GAP.length));
  const blocks: string[] = [];
  for (const group of inLines([...columns], rows, first)) {
    const widths = group.map((column) => widthOf(column, rows));
    const heading = group.map((column, i) => column.padStart(widths[i] ?? 0)).join(GAP);
    const lines = [`${title.padEnd(first)}${GAP}${heading}`.trimEnd()];
    names.forEach((name, i) => {
      const cells = group.map((column, j) =>
        (rows.get(name)?.get(column) ?? '-').padStart(widths[j] ?? 0),
      );
      lines.push(`${(GAP + (shortNames[i] ?? '')).padEnd(first)}${GAP}${cells.join(GAP)}`);
    });
    blocks.push(lines.join('\n'));
  }
  return blocks.join('\n');
}

/** Without the family and the unit, which the title and the value show. */
function shorten(name: string, title: string): string {
  const prefix = `${title.replaceAll(' ', '_')}_`;
  return name
    .slice(prefix.length)
    .replace(/_(percent|bytes_per_second|bytes|per_second|seconds|count)$/, '')
    .replaceAll('_', ' ');
}

/** Columns in groups that fit a line. */
function inLines(
  columns: readonly string[],
  rows: Family['rows'],
  firstWidth: number,
): readonly (readonly string[])[] {
  const groups: string[][] = [[]];
  let width = firstWidth;
  for (const column of columns) {
    const columnWidth = GAP.length + widthOf(column, rows);
    if (width + columnWidth > LINE_WIDTH && groups.at(-1)?.length !== 0) {
      groups.push([]);
      width = firstWidth;
    }
    groups.at(-1)?.push(column);
    width += columnWidth;
  }
  return groups;
}

function widthOf(column: string, rows: Family['rows']): number {
  return Math.max(
    column.length,
    ...[...rows.values()].map((row) => (row.get(column) ?? '-').length),
  );
}

function alignLeft(pairs: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}${GAP}${value}`);
}
