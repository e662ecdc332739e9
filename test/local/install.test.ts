import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newSigningKey, writeRelease } from '../install-function/fake-release.ts';
import { Place } from './start-fixture.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());

test('npm start serves what installs agents, as soon as one was built', async () => {
  place.writeRules('Alive');
  const folder = join(place.path, 'release');
  const run = place.start(['--no-agent'], { HYPERVIGIL_AGENT_RELEASE: folder });
  const [, url] = await run.prints(/listening on (\S+),/);
  const none = await fetch(`${url}/install.sh`);
  expect(none.status).toBe(404);
  expect(await none.json()).toMatchObject({
    error: { code: 'no_release', message: expect.stringContaining('npm run agent:build') },
  });

  const { files } = writeRelease(folder, { version: '1.2.3', key: newSigningKey() });
  expect(await (await fetch(`${url}/install.sh`)).text()).toContain(`URL='${url}'`);
  expect((await fetch(`${url}/install.ps1`)).status).toBe(200);
  expect((await fetch(`${url}/agent.schema.json`)).status).toBe(200);
  const path = `/v1/agent/files/${files[0]?.name}`;
  expect((await fetch(`${url}${path}`)).status).toBe(401);
  const token = readFileSync(join(place.data, 'keys', 'enrolment.token'), 'utf8').trim();
  const headers = { authorization: `Bearer ${token}` };
  const file = await fetch(`${url}${path}`, { headers });
  expect(file.headers.get('content-length')).toBe(String(files[0]?.bytes));
  expect((await file.arrayBuffer()).byteLength).toBe(files[0]?.bytes);

  rmSync(join(folder, files[0]?.name ?? ''));
  expect((await fetch(`${url}${path}`, { headers })).status).toBe(404);
  expect(await run.end('SIGINT')).toBe(0);
});
