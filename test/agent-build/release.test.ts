import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { type AgentRelease, parseAgentRelease } from '../../core/agent-release/release.ts';
import { addExecutable, writeRelease } from '../../infra/agent-build/release-files.ts';
import {
  namedSigningKey,
  publicKeyOf,
  signingKey,
  signingKeyFile,
} from '../../infra/agent-build/signing-key.ts';
import { temporaryFolder } from './temporary-folder.ts';

const PROGRAM = Buffer.from('a program '.repeat(1000));

/** A release of one small program, in a folder. */
async function release(): Promise<{ folder: string; described: AgentRelease }> {
  const folder = temporaryFolder();
  const executable = join(folder, 'hypervigil-agent');
  writeFileSync(executable, PROGRAM);
  const file = await addExecutable(executable, 'linux-x64', '1.2.3', folder);
  const described = { version: '1.2.3', files: [file] };
  await writeRelease(described, signingKey(join(folder, 'private', 'key.pem')).key, folder);
  return { folder, described };
}

/** What an installer does: with the public key alone, over the exact bytes. */
function isSigned(folder: string, description: Uint8Array): boolean {
  const key = createPublicKey(readFileSync(join(folder, 'release-key.pem')));
  const signature = readFileSync(join(folder, 'release.json.sig'), 'utf8');
  return verify(null, description, key, Buffer.from(signature, 'base64'));
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

it('says truly what its files are', async () => {
  const { folder, described } = await release();
  const parsed = parseAgentRelease(readFileSync(join(folder, 'release.json'), 'utf8'));
  expect(parsed).toEqual({ ok: true, value: described });
  const [file] = described.files;
  const packed = readFileSync(join(folder, 'hypervigil-agent-1.2.3-linux-x64.gz'));
  expect(file).toEqual({
    platform: 'linux-x64',
    name: 'hypervigil-agent-1.2.3-linux-x64.gz',
    bytes: packed.length,
    sha256: sha256(packed),
    unpackedBytes: PROGRAM.length,
    unpackedSha256: sha256(PROGRAM),
  });
  expect(gunzipSync(packed)).toEqual(PROGRAM);
});

it('is signed, and a change of one byte is noticed', async () => {
  const { folder } = await release();
  const description = readFileSync(join(folder, 'release.json'));
  expect(isSigned(folder, description)).toBe(true);
  for (const at of [0, 20, description.length - 1]) {
    const changed = Buffer.from(description);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(isSigned(folder, changed)).toBe(false);
  }
});

it('is not made when agents would refuse it', async () => {
  const folder = temporaryFolder();
  const { key } = signingKey(join(folder, 'key.pem'));
  await expect(writeRelease({ version: '1.2', files: [] }, key, folder)).rejects.toThrow('version');
});

it('has no time in its compressed files, so they are the same each time', async () => {
  const one = await release();
  const other = await release();
  expect(one.described).toEqual(other.described);
  const [file] = one.described.files;
  const packed = readFileSync(join(one.folder, file?.name ?? ''));
  expect(packed.readUInt32LE(4)).toBe(0); // RFC 1952: MTIME
});

it('is signed with a key that is made once, and that its owner alone may read', () => {
  const file = join(temporaryFolder(), 'config', 'key.pem');
  const first = signingKey(file);
  const second = signingKey(file);
  expect([first.isNew, second.isNew]).toEqual([true, false]);
  expect(publicKeyOf(second.key)).toBe(publicKeyOf(first.key));
  expect(publicKeyOf(first.key)).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('is not signed with a key of another kind, or with something else', () => {
  const folder = temporaryFolder();
  const rsa = join(folder, 'rsa.pem');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(rsa, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  expect(() => signingKey(rsa)).toThrow(`${rsa}: an Ed25519 key is needed, this is ec`);
  const text = join(folder, 'text');
  writeFileSync(text, 'hello\n');
  expect(() => signingKey(text)).toThrow(`${text}: not a private key in PEM`);
});

it('is not signed with a new key where one was named and is missing', () => {
  const file = join(temporaryFolder(), 'mounted', 'key.pem');
  expect(() => namedSigningKey(file)).toThrow(`there is no ${file}`);
  expect(existsSync(file)).toBe(false);
  expect(publicKeyOf(signingKey(file).key)).toBe(publicKeyOf(namedSigningKey(file)));
});

it('finds its key where the environment says, else in the configuration of who builds', () => {
  const named = signingKeyFile({ HYPERVIGIL_SIGNING_KEY: '/run/key' });
  expect(named).toEqual({ file: '/run/key', isNamed: true });
  const ofUser = signingKeyFile({ HYPERVIGIL_SIGNING_KEY: '', XDG_CONFIG_HOME: '/home/eve/cfg' });
  const file = join('/home/eve/cfg', 'hypervigil', 'release-signing-key.pem');
  expect(ofUser).toEqual({ file, isNamed: false });
});
