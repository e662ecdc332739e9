import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readHostIdentity } from '../../../agent/collectors/host-identity.ts';

const ID = '4f1c8a6e0d3b4f6c9a5e2b7d8c1f0a3e';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'identity-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const identity = (uuid = '') => readHostIdentity(root, async () => uuid);

test('a machine is told by its machine-id, which can not be read from what is told', async () => {
  write('/etc/machine-id', `${ID}\n`);
  const first = await identity();
  expect(first.machine).toMatch(/^[\w-]{8}$/);
  expect(ID).not.toContain(first.machine);
  expect(await identity(), 'always the same').toEqual(first);
  write('/etc/machine-id', `${ID.replace('4', '5')}\n`);
  expect((await identity()).machine).not.toBe(first.machine);
});

test('without systemd it is D-Bus that knows, and where neither does, the system itself', async () => {
  write('/var/lib/dbus/machine-id', ID);
  const { machine } = await identity();
  write('/etc/machine-id', ID);
  expect((await identity()).machine).toBe(machine);
  rmSync(join(root, 'etc'), { recursive: true });
  rmSync(join(root, 'var'), { recursive: true });
  expect((await identity('564D-77A1')).machine).toMatch(/^[\w-]{8}$/);
});

test.each(['', 'uninitialized\n', '0'.repeat(32)])('an id such as %j is nobody’s', async (text) => {
  write('/etc/machine-id', text);
  expect(await identity()).toEqual({ machine: '', boot: '' });
});

test('another boot is another, the same one is the same', async () => {
  const bootId = '0fc3d1b2-5c1e-4d43-9d2e-7f5b1f0a9c11';
  write('/proc/sys/kernel/random/boot_id', `${bootId}\n`);
  const { boot } = await identity();
  expect(boot).toMatch(/^[\w-]{4}$/);
  expect((await identity()).boot).toBe(boot);
  write('/proc/sys/kernel/random/boot_id', bootId.replace('0', '1'));
  expect((await identity()).boot).not.toBe(boot);
});
