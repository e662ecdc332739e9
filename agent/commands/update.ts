import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { AGENT_PLATFORMS, type AgentPlatform } from '../../core/agent-release/release.ts';
import { VERSION_FORMAT } from '../../core/agent-release/version-order.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { checkServer } from '../check.ts';
import { loadConfig } from '../config.ts';
import { fileOf, problemLines } from '../config-command.ts';
import { defaultPaths } from '../default-paths.ts';
import { messageOf } from '../log.ts';
import { Poster } from '../poster.ts';
import { readKeyFile } from '../read-key.ts';
import { RELEASE_PUBLIC_KEY } from '../release-key.ts';
import type { Wish } from '../update/choose.ts';
import { systemDisk } from '../update/disk.ts';
import { findLayout } from '../update/layout.ts';
import { isOtherUpdaterThere } from '../update/others.ts';
import { systemdService, windowsService } from '../update/service.ts';
import {
  checkForUpdate,
  UPDATE_LIMITS,
  type UpdatePorts,
  type UpdateTarget,
  update,
} from '../update/update.ts';
import { verifyOnDisk } from '../update/verify.ts';
import { AGENT_VERSION } from '../version.ts';
import { EXIT_TROUBLE, EXIT_USAGE, type Flags, fail, log, print } from './command.ts';
import { missing } from './missing.ts';

interface UpdateFlags {
  readonly check?: true;
  readonly ifAllowed?: true;
  readonly reinstall?: true;
  readonly allowDowngrade?: true;
  readonly toVersion?: string;
  readonly verify?: string;
}

/** `agent update`: replaces this installation by what the deployment offers, if that is good. */
export async function execute(flags: UpdateFlags & Flags): Promise<void> {
  if (RELEASE_PUBLIC_KEY === undefined) {
    const line = 'this agent runs from source: it has no key to check a release with, and no place';
    return fail(EXIT_TROUBLE, line);
  }
  if (flags.verify !== undefined) return tell(await verifyOnDisk(flags.verify, RELEASE_PUBLIC_KEY));
  const { toVersion } = flags;
  if (toVersion !== undefined && !VERSION_FORMAT.test(toVersion)) {
    return fail(EXIT_USAGE, `--to-version ${toVersion}: must be such as 1.2.3`);
  }
  const stop = new AbortController();
  const ports = portsOf(flags, RELEASE_PUBLIC_KEY, stop.signal);
  if (!ports.ok) return fail(EXIT_TROUBLE, ports.error);
  if (flags.check !== true && process.getuid !== undefined && process.getuid() !== 0) {
    return fail(EXIT_TROUBLE, 'only root may replace the agent: run it with sudo');
  }
  heedSignals(stop);
  const wish: Wish = {
    isByPolicy: flags.ifAllowed === true,
    isReinstall: flags.reinstall === true,
    mayDowngrade: flags.allowDowngrade === true,
    version: toVersion,
  };
  try {
    await tell(await (flags.check === true ? checkForUpdate : update)(wish, ports.value));
  } catch (error) {
    if (!stop.signal.aborted) return fail(EXIT_TROUBLE, messageOf(error));
    fail(EXIT_TROUBLE, 'ended early: the next `hypervigil-agent update` goes on from here');
  }
}

async function tell(outcome: Result<string, string>): Promise<void> {
  if (outcome.ok) return print(`${outcome.value}\n`);
  fail(EXIT_TROUBLE, outcome.error);
}

/** A terminal that is closed ends nothing half-way; who wants it to end is heard between two steps. */
function heedSignals(stop: AbortController): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  process.on('SIGHUP', () => undefined);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
}

function portsOf(
  flags: Flags,
  publicKey: string,
  signal: AbortSignal,
): Result<UpdatePorts, string> {
  const isWindows = process.platform === 'win32';
  // The agent's folders: systemd gives this service one of its own as $STATE_DIRECTORY.
  const { stateDir } = defaultPaths({ ProgramData: process.env['ProgramData'] });
  const layout = findLayout(realpathSync(process.execPath), {
    // On Windows the agent may write wherever its own is: what the updater believes must not be there.
    ...(isWindows ? {} : { stateDir: `${stateDir}-update` }),
    postedFile: join(stateDir, 'posted.json'),
  });
  if (!layout.ok) return layout;
  const platform = platformOf(process.platform, process.arch);
  if (platform === undefined) {
    return err(`there is no release for ${process.platform} on ${process.arch}`);
  }
  return ok({
    layout: layout.value,
    disk: systemDisk,
    service: isWindows ? windowsService() : systemdService(),
    platform,
    publicKey,
    readTarget: () => readTarget(flags),
    findServerTrouble: () => findServerTrouble(flags),
    isOtherThere: isOtherUpdaterThere,
    log,
    signal,
    limits: UPDATE_LIMITS,
  });
}

function readTarget(flags: Flags): Result<UpdateTarget, string> {
  const config = loadConfig(flags, process.env);
  if (!config.ok) return err(problemLines(config.error).join('\n'));
  const { url, keyFile, update: settings, batchIntervalMs } = config.value;
  if (url === undefined) return err(missing('url', 'the address of the deployment'));
  if (keyFile === undefined) return err(missing('keyFile', 'a file with the host key'));
  const file = fileOf(flags);
  try {
    return ok({
      url,
      bearer: readKeyFile(keyFile),
      configFile: existsSync(file) ? file : undefined,
      policy: settings.policy,
      batchIntervalMs,
    });
  } catch (error) {
    return err(messageOf(error));
  }
}

async function findServerTrouble(flags: Flags): Promise<string | undefined> {
  const config = loadConfig(flags, process.env);
  if (!config.ok) return problemLines(config.error).join('\n');
  const { status, sees } = await checkServer(config.value, async (url, keyFile) => {
    const readKey = () => readKeyFile(keyFile);
    const poster = new Poster({ url, readKey, version: AGENT_VERSION });
    const outcome = await poster.post(new Uint8Array(0));
    poster.close();
    return outcome;
  });
  return status === 'ok' ? undefined : sees;
}

function platformOf(system: string, processor: string): AgentPlatform | undefined {
  const name = `${system === 'win32' ? 'win' : system}-${processor}`;
  return AGENT_PLATFORMS.find((platform) => platform === name);
}
