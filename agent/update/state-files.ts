import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { errorCode } from '../proc/host-files.ts';
import type { Disk } from './disk.ts';
import { versionOfFolder } from './layout.ts';

/** Of a version, and in `versions`: whoever could write it here must not choose what becomes the agent. */
const Folder = v.pipe(
  v.string(),
  v.check((name) => versionOfFolder(name) !== undefined),
);

const TrialEntries = {
  /** The folder that was the agent before. */
  from: Folder,
  /** The folder that is tried. */
  to: Folder,
  /** SHA-256 of its executable. */
  sha256: v.string(),
  /** How long a version may take to post. */
  proofMs: v.number(),
  /** What the proof of a post said before: another one is of the version that is tried. */
  postedBefore: v.string(),
};

const TrialSchema = v.variant('phase', [
  v.object({ phase: v.literal('trying'), ...TrialEntries }),
  v.object({ phase: v.literal('undoing'), ...TrialEntries, reason: v.string() }),
]);

/** A version in the place of another, not yet known to be good. On disk before anything is changed. */
export type Trial = v.InferOutput<typeof TrialSchema>;

const VerdictSchema = v.object({
  version: v.string(),
  sha256: v.string(),
  /** `bad`: it can't post where the one before can. `unclear`: it was not tried, or neither can. */
  kind: v.picklist(['bad', 'unclear']),
  reason: v.string(),
  atMs: v.number(),
});

/** Why a version is not installed by policy. */
export type Verdict = v.InferOutput<typeof VerdictSchema>;

/** A version or so a week, for half a year. */
const VERDICTS_MAX = 25;
const REASON_MAX_LENGTH = 2000;

const TRIAL_FILE = 'trial.json';
const VERDICTS_FILE = 'bad.json';

/** What the updater remembers, in a folder that only root can read. */
export interface StateFiles {
  /** `undefined` where none is begun. */
  readonly trial: () => Trial | undefined;
  readonly keepTrial: (trial: Trial) => void;
  readonly endTrial: () => void;
  readonly verdicts: () => readonly Verdict[];
  /** Takes the place of an older one on the same executable. */
  readonly keepVerdict: (verdict: Verdict) => void;
  readonly dropVerdict: (sha256: string) => void;
}

/** What is not as it was written counts for nothing: all of it can be done without. */
export function stateFilesIn(folder: string, disk: Disk): StateFiles {
  const trialFile = join(folder, TRIAL_FILE);
  const verdictsFile = join(folder, VERDICTS_FILE);
  const read = <T>(path: string, schema: v.GenericSchema<unknown, T>): T | undefined => {
    const parsed = v.safeParse(schema, readJson(path));
    return parsed.success ? parsed.output : undefined;
  };
  const verdicts = () => read(verdictsFile, v.array(VerdictSchema)) ?? [];
  const others = (sha256: string) => verdicts().filter((known) => known.sha256 !== sha256);
  const keep = (list: readonly Verdict[]) => {
    disk.write(verdictsFile, `${JSON.stringify(list.slice(-VERDICTS_MAX), undefined, 2)}\n`);
  };
  return {
    trial: () => read(trialFile, TrialSchema),
    keepTrial: (trial) => disk.write(trialFile, `${JSON.stringify(trial)}\n`),
    endTrial: () => disk.remove(trialFile),
    verdicts,
    keepVerdict: (verdict) => {
      const reason = verdict.reason.slice(0, REASON_MAX_LENGTH);
      keep([...others(verdict.sha256), { ...verdict, reason }]);
    },
    dropVerdict: (sha256) => {
      const left = others(sha256);
      if (left.length < verdicts().length) keep(left);
    },
  };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
