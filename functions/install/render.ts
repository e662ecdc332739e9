import type { Offer } from './offer.ts';

/** The installers as they are kept: shell and PowerShell with `@NAMES@` for what a deployment puts in. */
export interface Templates {
  readonly installSh: string;
  readonly uninstallSh: string;
  readonly installPs1: string;
}

/** install.sh for one deployment and one release: all it needs but the executable is in it. */
export function renderInstallSh({ installSh, uninstallSh }: Templates, offer: Offer, url: string) {
  const { release, description, signature, releaseKey, units } = offer;
  return fill(installSh, {
    URL: quotable(url),
    VERSION: quotable(release.version),
    RELEASE: block(description),
    SIGNATURE: quotable(signature),
    RELEASE_KEY: block(releaseKey),
    AGENT_SERVICE: block(units['hypervigil-agent.service']),
    UPDATE_SERVICE: block(units['hypervigil-agent-update.service']),
    UPDATE_TIMER: block(units['hypervigil-agent-update.timer']),
    UNINSTALL: block(uninstallSh),
  });
}

/** install.ps1, likewise. */
export function renderInstallPs1({ installPs1 }: Templates, offer: Offer, url: string): string {
  const { release, description, signature } = offer;
  return fill(installPs1, {
    URL: quotable(url),
    VERSION: quotable(release.version),
    RELEASE: block(description),
    SIGNATURE: quotable(signature),
  });
}

/** Throws for a name that nothing is given for. */
function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/@([A-Z][A-Z_0-9]*)@/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the template has @${name}@, which is not given`);
    return value;
  });
}

/** Stands between single quotes in both languages. Throws for what would end them. */
function quotable(text: string): string {
  if (!/^[\x20-\x26\x28-\x7e]*$/.test(text))
    throw new Error(`${JSON.stringify(text)} can't stand in a script`);
  return text;
}

/** Lines of their own, the last without its end. Throws for what would end the block they stand in. */
function block(text: string): string {
  if (!text.endsWith('\n')) throw new Error(`no end of line behind ${JSON.stringify(text)}`);
  if (/^(END_OF_(RELEASE|KEY|UNIT|UNINSTALL)$|'@)/m.test(text))
    throw new Error(`a line of ${JSON.stringify(text)} would end the block it stands in`);
  return text.slice(0, -1);
}
