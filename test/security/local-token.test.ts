import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDataFolder } from '../../infra/local/data-folder.ts';
import { Place } from '../local/start-fixture.ts';

const MAIN = fileURLToPath(new URL('../../infra/local/main.ts', import.meta.url));

let place: Place;
beforeEach(() => {
  place = new Place();
  place.writeRules('Up');
});
afterEach(() => place.remove());

const keptToken = () => readFileSync(join(place.data, 'keys', 'api.token'), 'utf8').trim();

test('a log says where the token is, not what it is', async () => {
  const run = place.start(['--no-agent']);
  await run.prints(/token for pages and queries: in \S+\/keys\/api\.token\n/);
  expect(run.stdout + run.stderr).not.toContain(keptToken());
});

test.each([['--plain'], []])(
  'a terminal shows the token at the start (%s)',
  async (...options) => {
    const settings = ['--port', '0', '--data', place.data, '--rules', place.rules, '--no-agent'];
    const command = [process.execPath, MAIN, ...settings, ...options].join(' ');
    // A terminal of its own, 100 columns wide.
    const child = spawn(
      'script',
      ['-qfec', `stty cols 100 rows 40; exec ${command}`, '/dev/null'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let shown = '';
    const token = await new Promise<string>((resolve, reject) => {
      child.stdout.on('data', (data) => {
        shown += data;
        const found = /token for pages and queries: (hvt_\w{32})/.exec(shown)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.once('close', () => reject(new Error(shown)));
    });
    expect(token).toBe(keptToken());
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    await ended;
  },
  60_000,
);

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
