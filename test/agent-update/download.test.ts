import { expect, it, vi } from 'vitest';
import { makeKeys, makeRelease } from './release-files.ts';
import type { Fault } from './release-server.ts';
import { BY_HAND, setScene } from './scene.ts';

// On a machine with much else to do.
vi.setConfig({ testTimeout: 40_000 });

const FILE = 'hypervigil-agent-1.1.0-linux-x64.gz';

it.each<[string, Fault]>([
  ['answers 503', 'error'],
  ['cuts the connection', 'cut'],
  ['says nothing more', 'hang'],
])('a deployment that now and then %s delays an update', async (_, fault) => {
  const { update, installed, server } = await setScene();
  server.plan = (_name, count) => (count < 2 ? fault : 'none');
  expect(await update()).toMatchObject({ ok: true });
  expect(installed.runningVersion()).toBe('1.1.0');
});

it('goes on where a download was cut', async () => {
  const { update, server } = await setScene();
  const bytes = server.files.get(FILE)?.length ?? 0;
  server.plan = (name, count) => (name === FILE && count === 0 ? 'cut' : 'none');
  expect(await update()).toMatchObject({ ok: true });
  expect(server.asked.slice(2)).toEqual([FILE, `${FILE} bytes=${Math.ceil(bytes / 2)}-`]);
});

it('begins anew where a server does not go on', async () => {
  const { update, installed, server } = await setScene();
  server.plan = (name, count) => {
    if (name !== FILE) return 'none';
    return count === 0 ? 'cut' : 'noRange';
  };
  expect(await update()).toMatchObject({ ok: true });
  expect(installed.runningVersion()).toBe('1.1.0');
});

it('follows to another host, and leaves the key behind', async () => {
  const { update, installed, server } = await setScene();
  server.plan = () => 'redirect';
  expect(await update()).toMatchObject({ ok: true });
  expect(installed.runningVersion()).toBe('1.1.0');
  expect(server.redirected).toHaveLength(3);
  for (const headers of server.redirected) expect(headers.authorization).toBeUndefined();
});

it('names what a deployment refuses, and does not ask again', async () => {
  const { update, server } = await setScene();
  const host = server.url.host;
  expect(await update(BY_HAND, { bearer: 'hvk_of-nobody' })).toEqual({
    ok: false,
    error: `${host} answered 401 for release.json: not a key of a host`,
  });
  server.files.delete(FILE);
  expect(await update()).toEqual({
    ok: false,
    error: `1.1.0 was not tried: ${host} answered 404 for ${FILE}: no such file`,
  });
  expect(server.asked.filter((name) => name === FILE)).toHaveLength(1);
});

it('gives up when it never comes', async () => {
  const { update, installed, server } = await setScene();
  server.plan = (name) => (name === FILE ? 'error' : 'none');
  expect(await update()).toMatchObject({ ok: false, error: expect.stringContaining('503') });
  expect(server.asked.filter((name) => name === FILE)).toHaveLength(6);
  expect(installed.folders()).toEqual(['1.0.0']);
  expect(installed.runningVersion()).toBe('1.0.0');
});

it.each<[string, (files: Map<string, Buffer>) => void, string]>([
  ['description', (files) => flip(files, 'release.json', 20), 'is not signed by the key'],
  ['signature', changeLetter, 'is not signed by the key'],
  [
    'whole signature',
    (files) => files.set('release.json.sig', Buffer.from('x')),
    'is no signature',
  ],
  ['executable', (files) => flip(files, FILE, 30), 'has not the hash'],
  [
    'end',
    (files) => files.set(FILE, files.get(FILE)?.subarray(0, -9) ?? Buffer.of()),
    'ended after',
  ],
])('takes no release whose %s was changed', async (_, change, why) => {
  const { update, installed, server } = await setScene();
  change(server.files);
  expect(await update()).toMatchObject({ ok: false, error: expect.stringContaining(why) });
  expect(installed.folders()).toEqual(['1.0.0']);
  expect(installed.runningVersion()).toBe('1.0.0');
});

it('takes no release that somebody else signed, and no more than was signed', async () => {
  const { update, installed, server } = await setScene();
  const mine = server.files;
  server.files = makeRelease(
    '1.1.0',
    installed.executable('1.1.0', 'posts'),
    makeKeys().privateKey,
  );
  const unsigned = expect.stringContaining('is not signed by the key that this agent trusts');
  expect(await update()).toMatchObject({ ok: false, error: unsigned });
  // Once more, in case that the deployment got another release between the two.
  expect(server.asked).toHaveLength(4);
  server.files = mine;
  server.plan = (name) => (name === FILE ? 'longer' : 'none');
  const longer = expect.stringContaining('is longer than the release says');
  expect(await update()).toMatchObject({ ok: false, error: longer });
  expect(installed.folders()).toEqual(['1.0.0']);
});

function flip(files: Map<string, Buffer>, name: string, at: number): void {
  const bytes = Buffer.from(files.get(name) ?? []);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  files.set(name, bytes);
}

/** One letter of base64 is another one, so it is a signature still. */
function changeLetter(files: Map<string, Buffer>): void {
  const text = files.get('release.json.sig')?.toString() ?? '';
  const other = text[5] === 'A' ? 'B' : 'A';
  files.set('release.json.sig', Buffer.from(text.slice(0, 5) + other + text.slice(6)));
}
