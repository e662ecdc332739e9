import { chmodSync, chownSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDataFolder } from '../../infra/local/data-folder.ts';
import { Place } from '../local/start-fixture.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
  place.writeRules('Up');
});
afterEach(() => place.remove());

const keptToken = () => readFileSync(join(place.data, 'keys', 'api.token'), 'utf8').trim();

test('a log says where the token is, not what it is', async () => {
  const run = place.start(['--no-agent']);
  await run.prints(/its token is in \S+\/keys\/api\.token\n/);
  expect(run.stdout + run.stderr).not.toContain(keptToken());
});

test("folders for keys that others may read are closed, and another user's are not used", async () => {
  const keys = join(place.data, 'keys');
  mkdirSync(keys, { recursive: true });
  chmodSync(keys, 0o777);
  expect(await openDataFolder(place.data)).toMatchObject({ ok: true });
  expect(statSync(keys).mode & 0o777).toBe(0o700);
  // Giving a folder away takes root, as CI's containers have.
  if (process.getuid?.() !== 0) return;
  chownSync(keys, 12_345, 12_345);
  expect(await openDataFolder(place.data)).toMatchObject({
    ok: false,
    error: { code: 'data_folder', message: expect.stringContaining('belongs to another user') },
  });
});
