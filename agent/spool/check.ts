import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CollectorCheck } from '../collectors/collector.ts';
import type { AgentConfig } from '../config.ts';
import { messageOf } from '../log.ts';
import { formatBytes } from '../units.ts';
import { type RecoveredSpool, readSpool } from './recover.ts';
import type { SpoolLimits } from './segments.ts';
import { SPOOL_LIMITS } from './spool.ts';
import { type SpoolFiles, spoolFilesIn } from './spool-files.ts';

/** A running agent may remove a file between our listing and reading. */
const READ_TRIES = 5;

/**
 * Where samples wait, how many, how much room there is, and whether the one who asks may write there.
 * Changes nothing, and may be asked while an agent uses the folder. Never rejects.
 */
export async function checkSpool(
  { spoolDir, host }: Pick<AgentConfig, 'spoolDir' | 'host'>,
  limits: SpoolLimits = SPOOL_LIMITS,
): Promise<CollectorCheck> {
  if (spoolDir === undefined) {
    const sees = 'off: samples that are not posted yet are in memory only, up to an hour';
    return { status: 'absent', sees, mend: 'set spoolDir to a folder' };
  }
  try {
    return (await canWrite(spoolDir))
      ? await aboutFolder(spoolDir, host, limits)
      : await aboutMissing(spoolDir, limits);
  } catch (error) {
    return {
      status: 'trouble',
      sees: messageOf(error),
      mend: 'ask as the user whom the agent runs as, and see that he may write there; or set spoolDir to another folder',
    };
  }
}

/** `false` where there is no such folder; rejects where it may not be written. */
async function canWrite(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function aboutFolder(
  folder: string,
  host: string,
  limits: SpoolLimits,
): Promise<CollectorCheck> {
  const found = await readWhole(spoolFilesIn(folder), host);
  const usedBytes = [...found.segments.values()].reduce((sum, bytes) => sum + bytes, 0);
  const used = `${formatBytes(usedBytes)} of at most ${formatBytes(limits.bytes)}`;
  if (found.host !== undefined && found.host !== host) {
    const sees = `${folder}: ${used}, of host ${found.host}, and this is ${host}`;
    const mend = 'the agent will count them as lost, as no server takes them from another host';
    return { status: 'trouble', sees, mend };
  }
  return withRoom(folder, `${used}, ${waitingIn(found)}`, limits.bytes - usedBytes);
}

/** The agent makes the folder and the one it is in, no more. */
async function aboutMissing(folder: string, limits: SpoolLimits): Promise<CollectorCheck> {
  const parent = dirname(folder);
  const isParentThere = await canWrite(parent);
  if (!isParentThere) await access(dirname(parent), constants.W_OK | constants.X_OK);
  const nearest = isParentThere ? parent : dirname(parent);
  return withRoom(nearest, 'not there yet, the agent makes it', limits.bytes, folder);
}

async function withRoom(
  folder: string,
  state: string,
  wantedBytes: number,
  named = folder,
): Promise<CollectorCheck> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  const sees = `${named}: ${state}; ${formatBytes(freeBytes)} free`;
  if (freeBytes >= wantedBytes) return { status: 'ok', sees };
  const mend = `it may need ${formatBytes(wantedBytes)} more when the server is away for days: free some, or set spoolDir to a folder elsewhere`;
  return { status: 'trouble', sees, mend };
}

function waitingIn({ waiting, interrupted }: RecoveredSpool): string {
  const closed = waiting.reduce((sum, { freshCount }) => sum + freshCount, 0);
  const open = interrupted.reduce(
    (sum, { minute }) => sum + minute.columns.sampleCount - minute.settledCount,
    0,
  );
  return `${closed + open} samples wait`;
}

async function readWhole(files: SpoolFiles, host: string): Promise<RecoveredSpool> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await readSpool(files, host);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || tries === READ_TRIES) throw error;
    }
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
