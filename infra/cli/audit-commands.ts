import type { Command } from 'commander';
import * as v from 'valibot';
import { ok } from '../../core/result.ts';
import { withClient, withConnection } from './command.ts';
import { usage } from './failure.ts';
import { toJson } from './json-text.ts';
import type { ConnectionFlags } from './settings.ts';
import { printTable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { formatTime, readInstant } from './time-text.ts';

interface Flags extends ConnectionFlags {
  readonly from: string;
  readonly to: string;
  readonly limit: string;
  readonly json?: true;
}

const LIMIT_MAX = 1000;

const Record = v.object({
  at: v.string(),
  who: v.string(),
  action: v.string(),
  subject: v.string(),
  before: v.optional(v.unknown()),
  after: v.optional(v.unknown()),
  outcome: v.string(),
  reason: v.optional(v.string()),
});
const Answer = v.object({ data: v.array(Record) });

/** `hypervigil audit`. */
export function addAuditCommand(program: Command): void {
  withConnection(
    program
      .command('audit')
      .description('who silenced, acknowledged, or made and ended keys and tokens, and when')
      .option('--from <time>', 'since then: 30d (ago), or 2026-03-01T14:00:00Z', '30d')
      .option('--to <time>', 'until then', 'now')
      .option('--limit <count>', `the newest so many, ${LIMIT_MAX} at most`, '100')
      .option('--json', 'with how it was before and after, for programs and archives'),
  ).action((flags: Flags) =>
    withClient(flags, async (client, terminal) => {
      const nowMs = Date.now();
      const from = readInstant('--from', flags.from, nowMs);
      if (!from.ok) return from;
      const to = readInstant('--to', flags.to, nowMs);
      if (!to.ok) return to;
      if (from.value > to.value) return usage('--from must lie before --to');
      const limit = /^\d{1,4}$/.test(flags.limit) ? Number(flags.limit) : 0;
      if (limit < 1 || limit > LIMIT_MAX)
        return usage(`--limit ${flags.limit}: give a number from 1 to ${LIMIT_MAX}`);
      const found = await client.get('/api/v1/audit', Answer, {
        start: String(from.value / 1000),
        end: String(to.value / 1000),
        limit: String(limit),
      });
      if (!found.ok) return found;
      if (flags.json === true) terminal.print(toJson(found.value.data));
      else print(found.value.data, terminal);
      return ok(undefined);
    }),
  );
}

const OUTCOMES: Readonly<{ [outcome: string]: string }> = {
  done: 'done',
  begun: 'may have been done',
  refused: 'refused',
  failed: 'failed',
};

function print(records: readonly v.InferOutput<typeof Record>[], terminal: Terminal): void {
  if (records.length === 0) {
    terminal.note('nothing was changed in that time');
    return;
  }
  const columns = ['WHEN', 'WHO', 'WHAT', 'TO WHAT', 'OUTCOME'].map((title) => ({ title }));
  printTable(
    terminal,
    columns,
    records.map(({ at, who, action, subject, outcome, reason }) => [
      formatTime(Date.parse(at)),
      who,
      action,
      subject,
      `${OUTCOMES[outcome] ?? outcome}${reason === undefined ? '' : `: ${reason}`}`,
    ]),
  );
}
