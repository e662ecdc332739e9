import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { VERSION_FORMAT } from '../../core/agent-release/version-order.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { errorCode } from '../proc/host-files.ts';

/** Where an installation has its parts, so that one version can take the place of another. */
export interface Layout {
  /** The folder of `versions` and `current`. */
  readonly rootDir: string;
  /** A folder for each version, with its executable in it. */
  readonly versionsDir: string;
  /** A link to the one of them that is the agent. */
  readonly currentLink: string;
  readonly executableName: string;
  /** Of the updater, for what it has begun and what it has learned. */
  readonly stateDir: string;
  /** Where the agent notes its first accepted post since its start. */
  readonly postedFile: string;
}

/** Of the folders that hold what is being downloaded. */
export const UNFINISHED_PREFIX = '.new-';

const VERSIONS = 'versions';

/** Stands behind the version in the name of a folder that took the place of one of the same version. */
const AGAIN = '~2';

/** Beside `versions`, so that only who may replace the agent can write there. */
const STATE = 'update';

/** A link beside `current`, which it is about to become. */
const NEXT_LINK = '.current-next';

/**
 * The installation an executable belongs to, by its real path: `.../versions/1.2.3/hypervigil-agent`.
 * The error says who else replaces that executable. Without a `stateDir` that is in the installation.
 */
export function findLayout(
  executable: string,
  dirs: Pick<Layout, 'postedFile'> & Partial<Pick<Layout, 'stateDir'>>,
): Result<Layout, string> {
  const versionsDir = dirname(dirname(executable));
  if (/^\/usr\/(bin|lib|sbin)\//.test(executable)) {
    const ways = 'apt install --only-upgrade hypervigil-agent, or dnf upgrade hypervigil-agent';
    return err(`${executable} is of a package, which its package manager updates: ${ways}`);
  }
  const isVersion = versionOfFolder(basename(dirname(executable))) !== undefined;
  if (basename(versionsDir) !== VERSIONS || !isVersion) {
    return err(
      `${executable} is not where the installer puts the agent (versions/VERSION): install it first, docs/install.md tells how`,
    );
  }
  const rootDir = dirname(versionsDir);
  const currentLink = join(rootDir, 'current');
  const stateDir = dirs.stateDir ?? join(rootDir, STATE);
  const { postedFile } = dirs;
  const executableName = basename(executable);
  return ok({ rootDir, versionsDir, currentLink, executableName, stateDir, postedFile });
}

/** The folder that is the agent now; `undefined` where there is no link. */
export function currentFolder({ currentLink }: Layout): string | undefined {
  try {
    return basename(readlinkSync(currentLink));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** `1.2.3` of a folder of that name, or of one that took its place; `undefined` of any other name. */
export function versionOfFolder(name: string): string | undefined {
  const version = name.endsWith(AGAIN) ? name.slice(0, -AGAIN.length) : name;
  return VERSION_FORMAT.test(version) ? version : undefined;
}

/** The folder for a version. It is never the one in use: that one has to stay until the new one is good. */
export function folderFor(version: string, inUse: string): string {
  return version === inUse ? `${version}${AGAIN}` : version;
}

/** The folders with an executable in them. */
export function installedFolders(layout: Layout): readonly string[] {
  return readdirSync(layout.versionsDir).filter(
    (name) =>
      versionOfFolder(name) !== undefined &&
      statSync(executableIn(layout, name), { throwIfNoEntry: false })?.isFile() === true,
  );
}

export function executableIn({ versionsDir, executableName }: Layout, folder: string): string {
  return join(versionsDir, folder, executableName);
}

export function nextLinkOf({ rootDir }: Layout): string {
  return join(rootDir, NEXT_LINK);
}
