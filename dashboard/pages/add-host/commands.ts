/** What the agent is installed on; `package`: by apt or dnf, of a release with packages. */
export const PLATFORMS = ['linux', 'windows', 'package'] as const;
export type Platform = (typeof PLATFORMS)[number];

const HIDDEN = '••••••••';

/**
 * What to run on the host, to be pasted as it is. The token is said by what processes inherit, or on standard input:
 * never as an argument, which everybody on the host could read.
 *
 * @param token `undefined`: as it is shown while the token is hidden
 */
export function installCommand(platform: Platform, url: string, token: string | undefined): string {
  const secret = token ?? HIDDEN;
  switch (platform) {
    case 'linux':
      return `export HYPERVIGIL_ENROLMENT_TOKEN='${secret}'; curl -fsSL ${url}/install.sh | sudo --preserve-env=HYPERVIGIL_ENROLMENT_TOKEN sh; unset HYPERVIGIL_ENROLMENT_TOKEN`;
    case 'windows':
      return `$env:HYPERVIGIL_ENROLMENT_TOKEN='${secret}'; irm ${url}/install.ps1 | iex`;
    case 'package':
      return `printf %s '${secret}' | sudo hypervigil-agent enroll --url ${url} --user hypervigil --token-file - && sudo systemctl start hypervigil-agent`;
  }
}
