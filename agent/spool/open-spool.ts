import { setTimeout as sleep } from 'node:timers/promises';
import { err, ok, type Result } from '../../core/result.ts';
import type { AgentConfig } from '../config.ts';
import { messageOf } from '../log.ts';
import { type FolderLock, lockFolder } from './lock.ts';
import type { SpoolLimits } from './segments.ts';
import { Spool } from './spool.ts';
import { spoolFilesIn } from './spool-files.ts';

/** An agent that was told to stop takes up to 5 s: one that follows it waits for that. */
const LOCK_WITHIN_MS = 7000;
const LOCK_EVERY_MS = 200;

/** Why there is no spool. */
export interface NoSpool {
  /** Another agent has it: two would send each other's samples. */
  readonly isInUse: boolean;
  /** It was not wanted. */
  readonly isOff: boolean;
  readonly message: string;
}

/** The spool of a configuration, locked until the process ends. `dropped` gets its counts. */
export async function openSpool(
  { host, spoolDir }: AgentConfig,
  dropped: Map<string, number>,
  limits?: SpoolLimits,
): Promise<Result<Spool, NoSpool>> {
  if (spoolDir === undefined) {
    const message = 'no spool: samples that are not posted yet are in memory only, up to an hour';
    return err({ isInUse: false, isOff: true, message });
  }
  try {
    const files = spoolFilesIn(spoolDir);
    await files.prepare();
    if (!(await lockInTime(spoolDir))) {
      const message = `another agent uses the spool in ${spoolDir}: stop it, or give this one its own with spoolDir`;
      return err({ isInUse: true, isOff: false, message });
    }
    return ok(await Spool.open(files, host, dropped, limits));
  } catch (error) {
    const message = `no spool in ${spoolDir}: ${messageOf(error)}. Samples that are not posted yet are in memory only, up to an hour; set spoolDir to a folder the agent can write, or to off`;
    return err({ isInUse: false, isOff: false, message });
  }
}

async function lockInTime(folder: string): Promise<FolderLock | undefined> {
  const untilMs = performance.now() + LOCK_WITHIN_MS;
  for (;;) {
    const lock = await lockFolder(folder);
    if (lock !== undefined || performance.now() > untilMs) return lock;
    await sleep(LOCK_EVERY_MS);
  }
}
