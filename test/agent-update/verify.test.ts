import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { verifyOnDisk } from '../../agent/update/verify.ts';
import { makeKeys, makeRelease } from './release-files.ts';

const FILE = 'hypervigil-agent-1.1.0-linux-x64.gz';
const SIGNED = '1.1.0, signed by the key that this agent trusts';

/** A release in a folder of its own. */
function onDisk() {
  const { privateKey, publicKey } = makeKeys();
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-verify-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const put = (name: string, bytes: string | Uint8Array) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const files = makeRelease('1.1.0', 'an executable', privateKey);
  for (const [name, bytes] of files) put(name, bytes);
  const packed = files.get(FILE) ?? Buffer.of();
  return { folder, put, packed, publicKey };
}

it('a folder is good with all that is in it, or with the description alone', async () => {
  const { folder, publicKey } = onDisk();
  const [whole, description] = [verifyOnDisk(folder, publicKey), join(folder, 'release.json')];
  expect(await whole).toEqual({
    ok: true,
    value: `${folder}: ${SIGNED}; 1 file of it here, as signed`,
  });
  const value = `release.json: ${SIGNED}`;
  expect(await verifyOnDisk(description, publicKey)).toEqual({ ok: true, value });
  rmSync(join(folder, FILE));
  expect(await verifyOnDisk(folder, publicKey)).toMatchObject({ ok: true });
});

it('a file is known by its name, or by what it is when unpacked', async () => {
  const { folder, put, packed, publicKey } = onDisk();
  const file = join(folder, FILE);
  expect(await verifyOnDisk(file, publicKey)).toEqual({ ok: true, value: `${file}: of ${SIGNED}` });
  const unpacked = put('hypervigil-agent', gunzipSync(packed));
  expect(await verifyOnDisk(unpacked, publicKey)).toMatchObject({ ok: true });
  const other = put('something', 'else');
  const error = `${other}: no file of ${SIGNED}`;
  expect(await verifyOnDisk(other, publicKey)).toEqual({ ok: false, error });
});

it('what was changed, or signed by another, is told with the reason', async () => {
  const { folder, put, publicKey } = onDisk();
  const other = makeKeys().publicKey;
  const distrusted = 'release.json is not signed by the key that this agent trusts';
  expect(await verifyOnDisk(folder, other)).toEqual({ ok: false, error: distrusted });
  const file = put(FILE, 'changed');
  for (const path of [folder, file]) {
    const outcome = await verifyOnDisk(path, publicKey);
    expect(outcome).toMatchObject({
      ok: false,
      error: expect.stringMatching(/has SHA-256 [0-9a-f]{64}, and/),
    });
  }
  rmSync(join(folder, 'release.json.sig'));
  expect(await verifyOnDisk(folder, publicKey)).toMatchObject({
    ok: false,
    error: expect.stringContaining('release.json.sig'),
  });
  expect(await verifyOnDisk(join(folder, 'nothing'), publicKey)).toMatchObject({ ok: false });
});
