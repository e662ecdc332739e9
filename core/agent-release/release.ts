import * as v from 'valibot';
import { err, ok, type Result } from '../result.ts';
import { VERSION_FORMAT } from './version-order.ts';

/** What an agent's executable is built for: an operating system and a processor, in Node's words. */
export const AGENT_PLATFORMS = ['linux-x64', 'linux-arm64', 'win-x64'] as const;
export type AgentPlatform = (typeof AGENT_PLATFORMS)[number];

/** Where a deployment serves the files of its release, by name. */
export const AGENT_FILES_PATH = '/v1/agent/files/';

/** The release's description: a file beside those it describes. */
export const RELEASE_FILE = 'release.json';

/** Ed25519 (RFC 8032) over the exact bytes of the description, in base64. */
export const RELEASE_SIGNATURE_FILE = 'release.json.sig';

/** Three platforms of some 45 MB each. */
const FILE_MAX_BYTES = 512 << 20;

const COMPANIONS_MAX = 10;

const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'));
const FileName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/, 'must be a file name'),
);
const Bytes = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(FILE_MAX_BYTES));

const AgentFileSchema = v.object({
  platform: v.picklist(AGENT_PLATFORMS),
  /** Its name below `AGENT_FILES_PATH`; an executable, compressed with gzip. */
  name: FileName,
  /** Of the compressed file. */
  bytes: Bytes,
  sha256: Sha256,
  unpackedBytes: Bytes,
  unpackedSha256: Sha256,
});

const CompanionFileSchema = v.object({
  platform: v.picklist(AGENT_PLATFORMS),
  /** Its name below `AGENT_FILES_PATH`; not compressed. */
  name: FileName,
  bytes: Bytes,
  sha256: Sha256,
});

const AgentReleaseSchema = v.object({
  version: v.pipe(v.string(), v.regex(VERSION_FORMAT, 'must be such as 1.2.3')),
  files: v.pipe(
    v.array(AgentFileSchema),
    v.minLength(1),
    v.maxLength(AGENT_PLATFORMS.length),
    v.check(
      (files) => new Set(files.map(({ platform }) => platform)).size === files.length,
      'a platform may be there once',
    ),
  ),
  /** What a platform needs to install it beside the executable, such as Windows' service wrapper. */
  companions: v.exactOptional(v.pipe(v.array(CompanionFileSchema), v.maxLength(COMPANIONS_MAX))),
});

/** One executable of a release: sizes in bytes, hashes as hexadecimal SHA-256. */
export type AgentFile = v.InferOutput<typeof AgentFileSchema>;

/** One more file of a release, as it is: size in bytes, hash as hexadecimal SHA-256. */
export type CompanionFile = v.InferOutput<typeof CompanionFileSchema>;

/** What a deployment offers to install: one version, for some platforms or all. */
export type AgentRelease = v.InferOutput<typeof AgentReleaseSchema>;

/** Reads `release.json`. The error is a line that names what is wrong with it. */
export function parseAgentRelease(text: string): Result<AgentRelease, string> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err(`${RELEASE_FILE} is not JSON`);
  }
  const parsed = v.safeParse(AgentReleaseSchema, json);
  if (parsed.success) return ok(parsed.output);
  const [issue] = parsed.issues;
  return err(`${RELEASE_FILE}: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`);
}

/** `release.json` as it is signed and served. */
export function formatAgentRelease(release: AgentRelease): string {
  return `${JSON.stringify(release, undefined, 2)}\n`;
}
