import type { createHandler as createCompact } from '../../functions/compact/handler.ts';
import type { Table } from '../../functions/store/dynamo.ts';
import { errorText } from './error-text.ts';
import { deleteExpired } from './expiry.ts';
import type { Mailer } from './mail.ts';
import type { Reporter } from './reporter.ts';
import { startSchedule } from './schedule.ts';

const EXPIRE_EVERY_MS = 3_600_000;
/** Nothing is due most times; a machine that is switched off at night catches up soon. */
const COMPACT_EVERY_MS = 10 * 60_000;

/** What runs beside the path of a sample: the check of the mail server, the end of old items. */
export function startUpkeep(
  table: Table,
  mailer: Mailer | undefined,
  report: Reporter,
  undo: (() => Promise<void>)[],
): void {
  if (mailer !== undefined) {
    void mailer.check().then((problem) => report.problem('email', problem));
    undo.push(async () => mailer.close());
  }
  const expiry = startSchedule(EXPIRE_EVERY_MS, async () => {
    try {
      await deleteExpired(table, Date.now());
      report.problem('expiry', undefined);
    } catch (error) {
      report.problem('expiry', errorText(error));
    }
  });
  undo.push(expiry.stop);
}

/** Rolls up what is due now, then hour by hour; how far it is is in the table. */
export function startCompaction(
  compact: ReturnType<typeof createCompact>,
  report: Reporter,
  undo: (() => Promise<void>)[],
): void {
  const run = async () => {
    try {
      const errors = (await compact()).flatMap((shard) => shard.errors);
      report.problem('compaction', errors.length === 0 ? undefined : errors.join('; '));
    } catch (error) {
      report.problem('compaction', errorText(error));
    }
  };
  const schedule = startSchedule(COMPACT_EVERY_MS, run);
  undo.push(schedule.stop);
}
