import type { Log } from '../log/log.ts';
import { type StoreFault, storeFaultOf } from './errors.ts';

/** One line for so long, however many requests meet it. */
const AGAIN_MS = 60_000;

/** The fault of the table that an error is; `undefined` for a bug, which is to be thrown on. */
export type NoteFault = (error: unknown) => StoreFault | undefined;

/**
 * Says in the log what somebody has to mend (passing faults are told to whoever asked, and counted by Lambda).
 * One for a warm function.
 */
export function createFaultLog(nowMs: () => number, log: Pick<Log, 'error'>): NoteFault {
  let quietUntilMs = Number.NEGATIVE_INFINITY;
  return (error) => {
    const fault = storeFaultOf(error);
    if (fault?.isLasting !== true || nowMs() < quietUntilMs) return fault;
    quietUntilMs = nowMs() + AGAIN_MS;
    const message = "the table can't be used until somebody mends this";
    log.error(message, { code: fault.name, error });
    return fault;
  };
}
