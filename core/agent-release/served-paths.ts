import { AGENT_FILES_PATH } from './release.ts';

/** The installers, by their path below a deployment's address. Everyone may read them. */
export const INSTALL_SH_PATH = '/install.sh';
export const INSTALL_PS1_PATH = '/install.ps1';

/** The JSON schema of an agent's configuration, for editors. Everyone may read it. */
export const AGENT_SCHEMA_PATH = '/agent.schema.json';

/** Is a path one that the install function answers? */
export function isInstallPath(path: string): boolean {
  return (
    path === INSTALL_SH_PATH ||
    path === INSTALL_PS1_PATH ||
    path === AGENT_SCHEMA_PATH ||
    path.startsWith(AGENT_FILES_PATH)
  );
}
