import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentPlatform } from '../../core/agent-release/release.ts';
import { compareVersions } from '../../core/agent-release/version-order.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Log } from '../log.ts';
import { lockFolder } from '../spool/lock.ts';
import { choose, type Wish } from './choose.ts';
import type { Disk } from './disk.ts';
import {
  currentFolder,
  executableIn,
  folderFor,
  installedFolders,
  type Layout,
  versionOfFolder,
} from './layout.ts';
import { prepare, removeUnfinished, tryOut } from './prepare.ts';
import { fetchRelease, type ReleaseSource } from './release-source.ts';
import type { ServiceControl } from './service.ts';
import { stateFilesIn } from './state-files.ts';
import { resumeTrial, type TrialPorts, tryVersion } from './trial.ts';
import { hashFile } from './verify.ts';

/** What the updater takes from the configuration. */
export interface UpdateTarget {
  readonly url: URL;
  /** The host key. */
  readonly bearer: string;
  /** `undefined` where the agent does with none. */
  readonly configFile: string | undefined;
  readonly policy: 'manual' | 'auto';
  readonly batchIntervalMs: number;
}

export interface UpdatePorts {
  readonly layout: Layout;
  readonly disk: Disk;
  readonly service: ServiceControl;
  readonly platform: AgentPlatform;
  /** Ed25519, SPKI, PEM. */
  readonly publicKey: string;
  readonly readTarget: () => Result<UpdateTarget, string>;
  /** Why the deployment takes no posts now; `undefined` if it does. */
  readonly findServerTrouble: () => Promise<string | undefined>;
  readonly log: Log;
  /** Is a process there that is another updater? Asked where its lock is taken, which anybody can do. */
  readonly isOtherThere: () => boolean;
  /** Ends the updater; what it has begun is finished by the next. */
  readonly signal: AbortSignal;
  readonly limits: UpdateLimits;
}

/** In ms. */
interface UpdateLimits {
  /** How long nothing may arrive. */
  readonly idleMs: number;
  readonly downloadMs: number;
  readonly retryMs: number;
  /** How long a version may take to post, by its interval. */
  readonly proofMs: (batchIntervalMs: number) => number;
  readonly pollMs: number;
}

/** An executable of 45 MB comes in an hour at 100 kbit/s. The agent posts within its interval and a minute. */
export const UPDATE_LIMITS: UpdateLimits = {
  idleMs: 30_000,
  downloadMs: 3_600_000,
  retryMs: 2000,
  proofMs: (batchIntervalMs) => Math.max(180_000, 2 * batchIntervalMs + 60_000),
  pollMs: 1000,
};

/** What the deployment offers, beside what is in use. Changes nothing. */
export async function checkForUpdate(
  wish: Wish,
  ports: UpdatePorts,
): Promise<Result<string, string>> {
  const { layout, platform, publicKey } = ports;
  const target = ports.readTarget();
  if (!target.ok) return target;
  const inUse = folderInUse(layout);
  if (!inUse.ok) return inUse;
  const signed = await fetchRelease(sourceOf(target.value, inUse.value.version, ports), publicKey);
  if (!signed.ok) return signed;
  const verdicts = stateFilesIn(layout.stateDir, ports.disk).verdicts();
  const { release } = signed.value;
  const choice = choose(release, platform, inUse.value.version, wish, verdicts, Date.now());
  if (choice.kind === 'refused') return err(choice.line);
  if (choice.kind === 'nothing') return ok(choice.line);
  return ok(`${release.version} is offered, ${inUse.value.version} is in use`);
}

/**
 * Installs what the deployment offers and the wish asks for, and goes back if that can't post. First
 * it finishes what another one left when it was killed. The answer is for people.
 */
export async function update(wish: Wish, ports: UpdatePorts): Promise<Result<string, string>> {
  const { layout } = ports;
  mkdirSync(layout.stateDir, { recursive: true, mode: 0o700 });
  const lock = await lockFolder(layout.stateDir);
  if (lock === undefined) {
    const line = 'another update is at work';
    if (ports.isOtherThere()) return wish.isByPolicy ? ok(line) : err(line);
    ports.log('the name of the lock is taken, but by no update: going on without it');
  }
  try {
    const trial = trialPortsOf(ports);
    const resumed = await resumeTrial(trial);
    removeUnfinished(ports);
    if (resumed?.ok === false) return resumed;
    if (resumed !== undefined) ports.log(resumed.value);
    return await installOffered(wish, ports, trial);
  } finally {
    await lock?.release();
  }
}

async function installOffered(
  wish: Wish,
  ports: UpdatePorts,
  trial: TrialPorts,
): Promise<Result<string, string>> {
  const { layout, log } = ports;
  const read = ports.readTarget();
  if (!read.ok) return read;
  const target = read.value;
  if (wish.isByPolicy && target.policy !== 'auto') {
    return ok('nothing is done: update.policy in the configuration is manual');
  }
  const inUse = folderInUse(layout);
  if (!inUse.ok) return inUse;
  const { folder: from, version } = inUse.value;
  const proofMs = ports.limits.proofMs(target.batchIntervalMs);
  const kept = keptFolder(wish, from, layout);
  if (kept !== undefined) return goBackTo(kept, { from, proofMs }, target, wish, ports, trial);

  const source = sourceOf(target, version, ports);
  const signed = await fetchRelease(source, ports.publicKey);
  if (!signed.ok) return signed;
  const { release } = signed.value;
  const verdicts = trial.state.verdicts();
  const choice = choose(release, ports.platform, version, wish, verdicts, trial.nowMs());
  if (choice.kind === 'refused') return err(choice.line);
  if (choice.kind === 'nothing') return ok(choice.line);
  const canProve = await checkPosts(ports);
  if (!canProve.ok) return canProve;
  const to = folderFor(release.version, from);
  const { file } = choice;
  const sha256 = file.unpackedSha256;
  log(`${release.version} is offered, ${version} is in use: downloading ${file.bytes} bytes`);
  const prepared = await prepare(source, signed.value, file, to, target.configFile, ports);
  if (!prepared.ok) {
    const reason = `was not tried: ${prepared.error}`;
    const atMs = trial.nowMs();
    trial.state.keepVerdict({ version: release.version, sha256, kind: 'unclear', reason, atMs });
    return err(`${release.version} ${reason}`);
  }
  return tryVersion({ from, to, sha256, proofMs }, trial);
}

/** A version that was asked for by name and is still there, such as the one before. */
function keptFolder(wish: Wish, from: string, layout: Layout): string | undefined {
  if (wish.version === undefined || wish.version === versionOfFolder(from)) return undefined;
  return installedFolders(layout).find(
    (folder) => folder !== from && versionOfFolder(folder) === wish.version,
  );
}

async function goBackTo(
  to: string,
  { from, proofMs }: { readonly from: string; readonly proofMs: number },
  { configFile }: UpdateTarget,
  { mayDowngrade }: Wish,
  ports: UpdatePorts,
  trial: TrialPorts,
): Promise<Result<string, string>> {
  const { layout } = trial;
  const version = versionOfFolder(to) ?? to;
  const inUse = versionOfFolder(from) ?? from;
  if (compareVersions(version, inUse) < 0 && !mayDowngrade) {
    return err(`${version} is older than ${inUse}: --allow-downgrade installs it`);
  }
  const canProve = await checkPosts(ports);
  if (!canProve.ok) return canProve;
  const executable = executableIn(layout, to);
  const tried = await tryOut(executable, version, undefined, configFile);
  if (!tried.ok) return tried;
  return tryVersion({ from, to, sha256: await hashFile(executable), proofMs }, trial);
}

/** While nothing can be posted a new version can't prove itself, and a good one would be undone. */
async function checkPosts({ findServerTrouble }: UpdatePorts): Promise<Result<void, string>> {
  const trouble = await findServerTrouble();
  if (trouble === undefined) return ok(undefined);
  return err(`not now, as no version could post: ${trouble}`);
}

function folderInUse(layout: Layout): Result<{ folder: string; version: string }, string> {
  const folder = currentFolder(layout);
  const version = folder === undefined ? undefined : versionOfFolder(folder);
  if (folder !== undefined && version !== undefined) return ok({ folder, version });
  return err(`${layout.currentLink} does not name a version: run the installer again`);
}

function sourceOf(
  { url, bearer }: UpdateTarget,
  version: string,
  { limits, signal }: UpdatePorts,
): ReleaseSource {
  const { idleMs, downloadMs, retryMs: baseMs } = limits;
  const late = AbortSignal.timeout(downloadMs);
  const until = AbortSignal.any([signal, late]);
  const pause = (ms: number) => sleep(ms, undefined, { signal: until });
  const isLate = () => late.aborted && !signal.aborted;
  const retry = { baseMs, sleep: pause, isLate, random: Math.random };
  return { url, bearer, version, idleMs, retry, signal: until };
}

function trialPortsOf({ layout, disk, service, limits, log, signal }: UpdatePorts): TrialPorts {
  return {
    ...{ layout, disk, service, log },
    state: stateFilesIn(layout.stateDir, disk),
    nowMs: Date.now,
    sleep: (ms) => sleep(ms, undefined, { signal }),
    pollMs: limits.pollMs,
  };
}
