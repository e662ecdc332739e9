import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  AGENT_PLATFORMS,
  type AgentRelease,
  formatAgentRelease,
} from '../../core/agent-release/release.ts';

/** A key that signs releases. */
export function newSigningKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey;
}

/**
 * A release's folder as `npm run agent:build` makes it, but small: its executable is a script. Gives
 * what it says of itself.
 */
export function writeRelease(
  folder: string,
  {
    version,
    key,
    executable = fakeAgent(version),
  }: { readonly version: string; readonly key: KeyObject; readonly executable?: string },
): AgentRelease {
  mkdirSync(folder, { recursive: true });
  const unpacked = Buffer.from(executable);
  const packed = gzipSync(unpacked);
  const wrapper = Buffer.from('a program for Windows');
  const release: AgentRelease = {
    version,
    files: AGENT_PLATFORMS.map((platform) => ({
      platform,
      name: `hypervigil-agent-${version}-${platform}.gz`,
      bytes: packed.length,
      sha256: sha256(packed),
      unpackedBytes: unpacked.length,
      unpackedSha256: sha256(unpacked),
    })),
    companions: [
      { platform: 'win-x64', name: 'wrapper.exe', bytes: wrapper.length, sha256: sha256(wrapper) },
    ],
  };
  for (const { name } of release.files) writeFileSync(join(folder, name), packed);
  writeFileSync(join(folder, 'wrapper.exe'), wrapper);
  const text = formatAgentRelease(release);
  writeFileSync(join(folder, 'release.json'), text);
  const signature = sign(null, Buffer.from(text), key).toString('base64');
  writeFileSync(join(folder, 'release.json.sig'), `${signature}\n`);
  writeFileSync(join(folder, 'release-key.pem'), publicKeyOf(key));
  for (const unit of ['agent.service', 'agent-update.service', 'agent-update.timer'])
    writeFileSync(join(folder, `hypervigil-${unit}`), `[Unit]\nDescription=${unit} ${version}\n`);
  return release;
}

export function publicKeyOf(key: KeyObject): string {
  const { x } = key.export({ format: 'jwk' });
  // RFC 8410: what is before the 32 bytes of a public Ed25519 key.
  const der = Buffer.concat([
    Buffer.from('302a300506032b6570032100', 'hex'),
    Buffer.from(x ?? '', 'base64url'),
  ]);
  return `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`;
}

/**
 * Answers as the agent does where install.sh asks it: its version, enrolment (it notes what it was told),
 * the limits it needs ($FAKE_LIMITS), and whether a release is signed ("yes" in $FAKE_SIGNED).
 */
function fakeAgent(version: string): string {
  return `#!/bin/sh
command=$1
case $command in
--version) echo ${version} ;;
enroll)
  shift
  printf 'enroll %s\\n' "$*" >>"$FAKE_LOG"
  while [ $# -gt 0 ]; do
    case $1 in --key-file) key_file=$2 ;; --config) config=$2 ;; --url) url=$2 ;; --host) host=$2 ;; esac
    shift
  done
  [ -e "$config" ] || echo "url: $url" >"$config"
  # It keeps the key it has.
  if grep -q "^# host \${host:-?}," "$key_file" 2>/dev/null; then exit; fi
  read -r token
  [ "$token" != "\${FAKE_REFUSED_TOKEN:-}" ] || { echo "refused" >&2; exit 1; }
  printf 'hv_%s\\n# host web-1, enrolled at %s\\n' "$(printf %s "$token" | cut -c 5-)" "$url" >"$key_file"
  ;;
service-limits) printf '%s' "\${FAKE_LIMITS:-}"; exit "\${FAKE_LIMITS_STATUS:-0}" ;;
update) printf 'verify %s\\n' "$*" >>"$FAKE_LOG"; [ "\${FAKE_SIGNED:-yes}" = yes ] || { echo "wrong signature"; exit 1; } ;;
esac
`;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
