import { printTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { formatTime } from '../time-text.ts';
import type { AuditRecord } from './read-audit.ts';

export const AUDIT_FORMATS = ['table', 'json', 'jsonl', 'csv'] as const;
export type AuditFormat = (typeof AUDIT_FORMATS)[number];

/** Takes records as they come, then their end. */
interface AuditWriter {
  readonly take: (records: readonly AuditRecord[]) => void;
  /** Not called when not all could be read: what is there is then seen to be a part. */
  readonly end: () => void;
}

/** Writes records in a format; times in files are UTC, `before` and `after` are JSON. */
export function createAuditWriter(format: AuditFormat, terminal: Terminal): AuditWriter {
  if (format === 'jsonl') {
    const take: AuditWriter['take'] = (records) => {
      for (const record of records) terminal.print(JSON.stringify(record));
    };
    return { take, end: () => {} };
  }
  if (format === 'csv') return csvWriter(terminal);
  return format === 'json' ? jsonWriter(terminal) : tableWriter(terminal);
}

function jsonWriter(terminal: Terminal): AuditWriter {
  let held: string | undefined;
  terminal.print('[');
  return {
    take: (records) => {
      for (const record of records) {
        if (held !== undefined) terminal.print(`${held},`);
        held = JSON.stringify(record);
      }
    },
    end: () => {
      if (held !== undefined) terminal.print(held);
      terminal.print(']');
    },
  };
}

const CSV_COLUMNS = [
  'at',
  'who',
  'action',
  'subject',
  'outcome',
  'reason',
  'before',
  'after',
] as const;

/** RFC 4180, but for the line ends: those of the terminal. */
function csvWriter(terminal: Terminal): AuditWriter {
  terminal.print(CSV_COLUMNS.join(','));
  return {
    take: (records) => {
      for (const record of records)
        terminal.print(CSV_COLUMNS.map((column) => csvCell(record[column])).join(','));
    },
    end: () => {},
  };
}

function csvCell(value: unknown): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // Spreadsheets run what begins so; an apostrophe says that it is a text.
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const OUTCOMES: Readonly<{ [outcome: string]: string }> = {
  done: 'done',
  begun: 'may have been done',
  refused: 'refused',
  failed: 'failed',
};

function tableWriter(terminal: Terminal): AuditWriter {
  const all: AuditRecord[] = [];
  return {
    take: (records) => void all.push(...records),
    end: () => {
      if (all.length === 0) {
        terminal.note('nothing was changed in that time');
        return;
      }
      const columns = ['WHEN', 'WHO', 'WHAT', 'TO WHAT', 'OUTCOME'].map((title) => ({ title }));
      printTable(
        terminal,
        columns,
        all.map(({ at, who, action, subject, outcome, reason }) => [
          formatTime(Date.parse(at)),
          who,
          action,
          subject,
          `${OUTCOMES[outcome] ?? outcome}${reason === undefined ? '' : `: ${reason}`}`,
        ]),
      );
    },
  };
}
