import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AgentRelease,
  formatAgentRelease,
  parseAgentRelease,
  RELEASE_FILE,
  RELEASE_SIGNATURE_FILE,
} from '../../core/agent-release/release.ts';
import { err, ok, type Result } from '../../core/result.ts';

/** The public key (Ed25519, SPKI, PEM) beside a release. */
const RELEASE_KEY_FILE = 'release-key.pem';

/** What install.sh gives systemd. */
const UNIT_FILES = [
  'hypervigil-agent.service',
  'hypervigil-agent-update.service',
  'hypervigil-agent-update.timer',
] as const;
export type UnitFile = (typeof UNIT_FILES)[number];

/** All of a release's folder that is needed here: everything but the executables. */
export const OFFER_FILES: readonly string[] = [
  RELEASE_FILE,
  RELEASE_SIGNATURE_FILE,
  RELEASE_KEY_FILE,
  ...UNIT_FILES,
];

/** What can be installed, and how one knows that it is that. */
export interface Offer {
  readonly release: AgentRelease;
  /** `release.json`, to the byte. */
  readonly description: string;
  /** Base64, without line breaks. */
  readonly signature: string;
  readonly releaseKey: string;
  readonly units: Readonly<Record<UnitFile, string>>;
}

/**
 * Reads what `npm run agent:build` left in a folder. The error is one line: `absent` where there is
 * nothing, or what is wrong with what there is.
 */
export function readOffer(folder: string): Result<Offer, { isAbsent: boolean; why: string }> {
  const description = read(folder, RELEASE_FILE);
  if (description === undefined)
    return err({ isAbsent: true, why: `${folder} has no ${RELEASE_FILE}` });
  const release = parseAgentRelease(description);
  if (!release.ok) return err({ isAbsent: false, why: release.error });
  // install.sh reads it by line.
  if (formatAgentRelease(release.value) !== description)
    return err({ isAbsent: false, why: `${RELEASE_FILE}: is not written as ours are` });
  const texts = new Map(OFFER_FILES.map((name) => [name, read(folder, name)]));
  const missing = OFFER_FILES.filter((name) => texts.get(name) === undefined);
  if (missing.length > 0)
    return err({ isAbsent: false, why: `${folder} has no ${missing.join(', ')}` });
  const text = (name: string) => texts.get(name) ?? '';
  return ok({
    release: release.value,
    description,
    signature: text(RELEASE_SIGNATURE_FILE).trim(),
    releaseKey: text(RELEASE_KEY_FILE),
    units: {
      'hypervigil-agent.service': text('hypervigil-agent.service'),
      'hypervigil-agent-update.service': text('hypervigil-agent-update.service'),
      'hypervigil-agent-update.timer': text('hypervigil-agent-update.timer'),
    },
  });
}

/** The names below `AGENT_FILES_PATH` that are too large to be in an answer. */
export function largeFiles({ files, companions = [] }: AgentRelease): readonly string[] {
  return [...files, ...companions].map(({ name }) => name);
}

function read(folder: string, name: string): string | undefined {
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch {
    return undefined;
  }
}
