import type { Labels } from '../../api/prometheus.ts';
import { labelColumns } from './series-names.ts';

/** A row of the table: a series and its value as Prometheus writes it. */
export interface TableRow {
  readonly labels: Labels;
  /** Of a range selector the newest. */
  readonly value: string;
  readonly atMs: number;
  /** Of a range selector: how many samples. */
  readonly samples?: number;
}

/** Comma-separated values (RFC 4180): a column a label, the time, the value. */
export function toCsv(rows: readonly TableRow[]): string {
  const labels = labelColumns(rows.map((row) => row.labels));
  const head = [...labels, 'time', 'value'];
  const lines = rows.map((row) => [
    ...labels.map((name) => row.labels[name] ?? ''),
    new Date(row.atMs).toISOString(),
    row.value,
  ]);
  return [head, ...lines].map((line) => `${line.map(csvField).join(',')}\r\n`).join('');
}

/** A text that a spreadsheet would take for a formula is told not to be one; numbers stay numbers. */
function csvField(text: string): string {
  const isFormula =
    /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) && !/^[+-]Inf$/.test(text);
  const plain = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** As Prometheus' API has an instant vector. */
export function toJson(rows: readonly TableRow[]): string {
  const result = rows.map(({ labels, value, atMs }) => ({
    metric: labels,
    value: [atMs / 1000, value],
  }));
  return `${JSON.stringify(result, null, 2)}\n`;
}
