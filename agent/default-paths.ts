import { posix, win32 } from 'node:path';

/** Where things are if nobody says otherwise. */
export interface DefaultPaths {
  readonly configFile: string;
  /** Where `enroll` puts the host key. */
  readonly keyFile: string;
  /** What the agent keeps over restarts. */
  readonly stateDir: string;
  /** In `stateDir`: samples that are not posted yet. */
  readonly spoolDir: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The paths of an installed agent: those of the Filesystem Hierarchy Standard with the folder that
 * systemd made for the service, if it did (`$STATE_DIRECTORY`, systemd.exec(5)); on Windows all below
 * `%ProgramData%\Hypervigil`.
 */
export function defaultPaths(
  environment: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): DefaultPaths {
  if (platform === 'win32') {
    // Node gives variables of Windows in any case on Windows only.
    const root = environment['ProgramData'] || environment['PROGRAMDATA'] || 'C:\\ProgramData';
    const folder = win32.join(root, 'Hypervigil');
    return {
      configFile: win32.join(folder, 'agent.yaml'),
      keyFile: win32.join(folder, 'key'),
      stateDir: folder,
      spoolDir: win32.join(folder, 'spool'),
    };
  }
  const [given = ''] = environment['STATE_DIRECTORY']?.split(':') ?? [];
  const stateDir = given === '' ? '/var/lib/hypervigil' : given;
  return {
    configFile: '/etc/hypervigil/agent.yaml',
    keyFile: '/etc/hypervigil/key',
    stateDir,
    spoolDir: posix.join(stateDir, 'spool'),
  };
}
