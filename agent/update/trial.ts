import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok, type Result } from '../../core/result.ts';
import { type Log, messageOf } from '../log.ts';
import type { Disk } from './disk.ts';
import { currentFolder, type Layout, versionOfFolder } from './layout.ts';
import { hasPosted, readPosted } from './proof.ts';
import type { ServiceControl } from './service.ts';
import type { StateFiles, Trial, Verdict } from './state-files.ts';

export interface TrialPorts {
  readonly layout: Layout;
  readonly disk: Disk;
  readonly service: ServiceControl;
  readonly state: StateFiles;
  readonly nowMs: () => number;
  /** Rejects when the updater is to end. */
  readonly sleep: (ms: number) => Promise<void>;
  /** How often is looked whether the agent has posted. */
  readonly pollMs: number;
  readonly log: Log;
}

/** One that ends again and again has had its chances; systemd gives it one every 5 s. */
const CRASHES_MAX = 3;

/** To look at a file is cheap, to ask the service manager is a process. */
const POLLS_PER_QUESTION = 5;

/** What a version did after it was started. */
type Showing =
  | { readonly kind: 'posted' }
  /** Nobody wants it to run now, so nothing can be seen. */
  | { readonly kind: 'unwanted' }
  | { readonly kind: 'silent'; readonly reason: string };

/**
 * Puts a version in the place of another, and waits for it to post: then it stays. Else the one before
 * is put back, and the error says why. Killed at any instant, `resumeTrial` goes on from there.
 */
export function tryVersion(
  { from, to, sha256, proofMs }: Pick<Trial, 'from' | 'to' | 'sha256' | 'proofMs'>,
  ports: TrialPorts,
): Promise<Result<string, string>> {
  const { layout, disk, state } = ports;
  const postedBefore = readPosted(layout.postedFile);
  const trial = { phase: 'trying', from, to, sha256, proofMs, postedBefore } as const;
  state.keepTrial(trial);
  disk.pointCurrent(layout, to);
  return judge(trial, ports);
}

/**
 * Finishes what an updater that was killed had begun, one way or the other; `undefined` where there
 * is nothing to finish.
 */
export async function resumeTrial(ports: TrialPorts): Promise<Result<string, string> | undefined> {
  const { layout, disk, state, log } = ports;
  const trial = state.trial();
  if (trial === undefined) return undefined;
  const current = currentFolder(layout);
  if (current === undefined) disk.pointCurrent(layout, trial.from);
  else if (current !== trial.from && current !== trial.to) {
    // The installer was here since.
    state.endTrial();
    return undefined;
  }
  if (trial.phase === 'undoing') {
    log(`going on with the return to ${trial.from}, which was cut short`);
    return undo(trial, trial.reason, ports);
  }
  if (current !== trial.to) {
    state.endTrial();
    return undefined;
  }
  log(`going on with the update to ${trial.to}, which was cut short`);
  return judge(trial, ports);
}

async function judge(trial: Trial, ports: TrialPorts): Promise<Result<string, string>> {
  const { from, to, postedBefore, proofMs } = trial;
  const { layout, log } = ports;
  const version = versionOf(to);
  if (hasPosted(layout.postedFile, version, postedBefore)) return keep(trial, 'it posts', ports);
  log(`${version} takes the place of ${versionOf(from)}; it has ${seconds(proofMs)} to post`);
  const showing = await startAndSee(to, postedBefore, proofMs, ports);
  switch (showing.kind) {
    case 'posted':
      return keep(trial, 'it posts', ports);
    case 'unwanted':
      return keep(trial, 'the service does not run, so it is for its next start', ports);
    case 'silent': {
      const lines = await ports.service.lastLines();
      const told = lines === '' ? '' : `; the end of its log:\n${indent(lines)}`;
      return undo(trial, `${showing.reason}${told}`, ports);
    }
  }
}

/** The end of a good trial: the version before stays for a return, those before it go. */
function keep(
  { from, to, sha256 }: Trial,
  why: string,
  { layout, disk, state }: TrialPorts,
): Result<string, string> {
  state.dropVerdict(sha256);
  for (const name of readdirSync(layout.versionsDir)) {
    const isOurs = versionOfFolder(name) !== undefined;
    if (isOurs && name !== from && name !== to) disk.remove(join(layout.versionsDir, name));
  }
  state.endTrial();
  return ok(`${versionOf(to)} is installed in place of ${versionOf(from)}: ${why}`);
}

/** Puts the version before back, and learns from it whose fault it was. */
async function undo(
  trial: Trial,
  reason: string,
  ports: TrialPorts,
): Promise<Result<string, string>> {
  const { from, to, sha256, proofMs } = trial;
  const { layout, disk, state, log } = ports;
  if (trial.phase !== 'undoing') {
    tryToNote(() => state.keepTrial({ ...trial, phase: 'undoing', reason }), log);
  }
  if (currentFolder(layout) !== from) disk.pointCurrent(layout, from);
  log(`${versionOf(to)} ${firstLine(reason)}; back to ${versionOf(from)}`);
  const showing = await startAndSee(from, readPosted(layout.postedFile), proofMs, ports);
  const version = versionOf(to);
  const kind = showing.kind === 'posted' ? 'bad' : 'unclear';
  const verdict: Verdict = {
    version,
    sha256,
    kind,
    reason: firstLine(reason),
    atMs: ports.nowMs(),
  };
  tryToNote(() => state.keepVerdict(verdict), log);
  disk.remove(join(layout.versionsDir, to));
  state.endTrial();
  return err(`${version} was undone: it ${reason}\n${afterUndo(versionOf(from), showing)}`);
}

/** A disk that is full, perhaps by that very version, is no reason to leave it in place. */
function tryToNote(note: () => void, log: Log): void {
  try {
    note();
  } catch (error) {
    log(`can't be noted for the next update: ${messageOf(error)}`);
  }
}

function afterUndo(from: string, showing: Showing): string {
  switch (showing.kind) {
    case 'posted':
      return `${from} is back, and posts`;
    case 'unwanted':
      return `${from} is back; its service does not run`;
    case 'silent':
      return `${from} is back; it too ${showing.reason}, so the version may not be the reason: \`hypervigil-agent check\` tells more`;
  }
}

async function startAndSee(
  folder: string,
  before: string,
  proofMs: number,
  { layout, service, pollMs, sleep }: TrialPorts,
): Promise<Showing> {
  if (!(await service.isWanted())) return { kind: 'unwanted' };
  const started = await service.restart();
  if (!started.ok) return { kind: 'silent', reason: `could not be started: ${started.error}` };
  for (let polls = 0; !hasPosted(layout.postedFile, versionOf(folder), before); polls += 1) {
    if (polls * pollMs >= proofMs) {
      return { kind: 'silent', reason: `did not post within ${seconds(proofMs)}` };
    }
    const isTimeToAsk = polls % POLLS_PER_QUESTION === POLLS_PER_QUESTION - 1;
    if (isTimeToAsk && (await service.countCrashes()) >= CRASHES_MAX) {
      return { kind: 'silent', reason: `ended ${CRASHES_MAX} times without a post` };
    }
    await sleep(pollMs);
  }
  return { kind: 'posted' };
}

function versionOf(folder: string): string {
  return versionOfFolder(folder) ?? folder;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.replace(/; the end of its log:$/, '') ?? '';
}

function indent(lines: string): string {
  return lines.replaceAll(/^/gm, '    ');
}
