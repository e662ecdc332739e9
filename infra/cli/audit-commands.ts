import { type Command, Option } from 'commander';
import { ok } from '../../core/result.ts';
import { readAudit } from './audit/read-audit.ts';
import { AUDIT_FORMATS, type AuditFormat, createAuditWriter } from './audit/write-audit.ts';
import type { ApiClient } from './client.ts';
import { withClient, withConnection } from './command.ts';
import { type Outcome, usage } from './failure.ts';
import type { ConnectionFlags } from './settings.ts';
import type { Terminal } from './terminal.ts';
import { readInstant } from './time-text.ts';

export interface AuditFlags extends ConnectionFlags {
  readonly since: string;
  readonly to: string;
  readonly limit?: string;
  readonly who?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly outcome?: string;
  readonly format: AuditFormat;
}

/** What a person looks at; a file has all. */
const TABLE_LIMIT = 100;

/** `hypervigil audit`. */
export function addAuditCommand(program: Command): void {
  withConnection(
    program
      .command('audit')
      .description('who changed what, and when: silences, tokens, keys, hosts, rules, sign-ins')
      .option('--since <time>', 'from then on: 30d (ago), or 2026-03-01T14:00:00Z', '30d')
      .option('--to <time>', 'until then', 'now')
      .option('--who <name>', 'only what they did; * stands for any characters')
      .option('--action <name>', 'only such changes, as "token.*" or "silence.add"')
      .option('--subject <name>', 'only what was done to it')
      .option('--outcome <word>', 'done, begun, refused or failed')
      .option(
        '--limit <count>',
        `the newest so many (${TABLE_LIMIT} of a table, all of a file, unless given)`,
      )
      .addOption(
        new Option('--format <format>', 'json, jsonl and csv have how it was before and after')
          .choices(AUDIT_FORMATS)
          .default('table'),
      ),
  ).action((flags: AuditFlags) =>
    withClient(flags, (client, terminal) => printAudit(flags, client, terminal, Date.now())),
  );
}

/** Prints what is asked for; all of it, or fails. */
export async function printAudit(
  { since, to, limit, who, action, subject, outcome, format }: AuditFlags,
  client: ApiClient,
  terminal: Terminal,
  nowMs: number,
): Promise<Outcome<undefined>> {
  const from = readInstant('--since', since, nowMs);
  if (!from.ok) return from;
  const until = readInstant('--to', to, nowMs);
  if (!until.ok) return until;
  if (from.value > until.value) return usage('--since must lie before --to');
  const most = readLimit(limit, format);
  if (!most.ok) return most;
  const wanted = Object.entries({ who, action, subject, outcome });
  const filters = wanted.flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const writer = createAuditWriter(format, terminal);
  const read = await readAudit(
    client,
    {
      ...{ fromMs: from.value, toMs: until.value, limit: most.value },
      filters: Object.fromEntries(filters),
    },
    writer.take,
  );
  if (!read.ok) return read;
  writer.end();
  if (limit === undefined && read.value >= most.value)
    terminal.note(`the newest ${most.value}; more with --limit, all with --format jsonl`);
  return ok(undefined);
}

function readLimit(text: string | undefined, format: AuditFormat): Outcome<number> {
  if (text === undefined) return ok(format === 'table' ? TABLE_LIMIT : Number.POSITIVE_INFINITY);
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return limit > 0 ? ok(limit) : usage(`--limit ${text}: give a number above 0`);
}
