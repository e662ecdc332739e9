import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkServer } from '../../agent/check.ts';
import { type AgentConfig, loadConfig } from '../../agent/config.ts';
import { SETTINGS } from '../../agent/config-schema.ts';
import { type EnrolPorts, enroll, readEnrolmentToken } from '../../agent/enroll.ts';
import type { EnrolmentOutcome, EnrolmentRequest } from '../../agent/enrolment-request.ts';
import { writeFirstConfig } from '../../agent/first-config.ts';
import type { PostOutcome } from '../../agent/poster.ts';
import { ok } from '../../core/result.ts';
import { agentComments } from '../../docs/agent-comments.ts';

const URL_OF_IT = new URL('https://watch.example.com/');
const TOKEN = `hve_${'t'.repeat(32)}`;
const GRANTED: EnrolmentOutcome = { kind: 'granted', oldKeyEndsAt: undefined };
const later = (afterMs?: number): EnrolmentOutcome => ({
  kind: 'later',
  afterMs,
  message: 'watch.example.com answered 503',
});

let folder: string;
let keyFile: string;
let asked: EnrolmentRequest[];
let waited: number[];
let log: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'enroll-'));
  keyFile = join(folder, 'etc', 'key');
  asked = [];
  waited = [];
  log = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Enrols against a server that answers so, one answer for each time it is asked. */
function run(
  answers: readonly EnrolmentOutcome[],
  settings: { host?: string; mode?: 'first' | 'replace' | 'rotate' } = {},
) {
  const left = [...answers];
  const ports: EnrolPorts = {
    readToken: () => ok(TOKEN),
    readKey: () => readFileSync(keyFile, 'utf8').split('\n', 1)[0] ?? '',
    request: async (request) => {
      asked.push(request);
      return left.shift() ?? later();
    },
    sleep: async (ms) => waited.push(ms),
    random: () => 0.5,
    monotonicMs: () => waited.reduce((sum, ms) => sum + ms, 0),
    version: '1.0.0',
    log: (line) => log.push(line),
  };
  return enroll({ url: URL_OF_IT, host: 'web-1', keyFile, mode: 'first', ...settings }, ports);
}

const keyInFile = () => readFileSync(keyFile, 'utf8').split('\n', 1)[0];

describe('a host without a key', () => {
  test('has one afterwards that only its user can read, and nothing else is left', async () => {
    const done = await run([GRANTED]);
    expect(done).toEqual({ ok: true, value: `host web-1 has its key, in ${keyFile}` });
    expect(asked).toMatchObject([{ secret: TOKEN, host: 'web-1', key: keyInFile() }]);
    expect(keyInFile()).toMatch(/^hv_[\w-]{32}$/);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'etc'))).toEqual(['key']);
    expect([JSON.stringify(done), log.join()].join()).not.toContain(keyInFile()?.slice(3));
  });

  test('asks again while the server is busy, as late as it says, and spread', async () => {
    expect(await run([later(), later(4000), GRANTED])).toMatchObject({ ok: true });
    expect(waited).toEqual([500, 5000]);
    expect(new Set(asked.map(({ key }) => key)).size, 'the same wish').toBe(1);
  });

  test('gives up after ten minutes, and asks for the same key the next time', async () => {
    expect(await run([])).toMatchObject({
      ok: false,
      error: expect.stringMatching(/503.*Run the same command again/),
    });
    expect(waited.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(9 * 60_000);
    const key = asked[0]?.key;
    expect(await run([GRANTED])).toMatchObject({ ok: true });
    expect([keyInFile(), asked.at(-1)?.key]).toEqual([key, key]);
  });

  test('makes another key where the first was for another name', async () => {
    await run([]);
    const key = asked[0]?.key;
    await run([GRANTED], { host: 'web-2' });
    expect(keyInFile()).not.toBe(key);
  });

  test('that is refused keeps nothing', async () => {
    const no: EnrolmentOutcome = { kind: 'refused', message: 'answered 403: expired' };
    expect(await run([no])).toEqual({ ok: false, error: 'answered 403: expired' });
    expect(readdirSync(join(folder, 'etc'))).toEqual([]);
  });

  test('a name that can be none is refused without asking', async () => {
    expect(await run([GRANTED], { host: '@web' })).toMatchObject({ ok: false });
    expect(asked).toEqual([]);
  });
});

describe('a host with a key', () => {
  test('keeps it: a second run asks for nothing', async () => {
    await run([GRANTED]);
    const key = keyInFile();
    expect(await run([GRANTED])).toMatchObject({
      ok: true,
      value: expect.stringMatching(/holds a key already/),
    });
    expect([keyInFile(), asked.length]).toEqual([key, 1]);
  });

  test('copied from another host gets its own', async () => {
    await run([GRANTED], { host: 'template' });
    const copied = keyInFile();
    expect(await run([GRANTED])).toMatchObject({ ok: true });
    expect(keyInFile()).not.toBe(copied);
    expect(log).toEqual([expect.stringMatching(/is of host template/)]);
  });

  test('exchanges it for another when told so, and has the old one until that is granted', async () => {
    await run([GRANTED]);
    const old = keyInFile();
    expect(await run([{ kind: 'refused', message: 'no' }], { mode: 'rotate' })).toMatchObject({
      ok: false,
    });
    expect(keyInFile()).toBe(old);
    const granted: EnrolmentOutcome = { kind: 'granted', oldKeyEndsAt: '2026-03-02T00:00:00.000Z' };
    expect(await run([granted], { mode: 'rotate' })).toMatchObject({
      value: expect.stringMatching(/the one before ends 2026-03-02/),
    });
    expect(asked.at(-1)?.secret).toBe(old);
    expect(keyInFile()).toBe(asked.at(-1)?.key);
  });

  test('forgets it when told so', async () => {
    await run([GRANTED]);
    const old = keyInFile();
    await run([GRANTED], { mode: 'replace' });
    expect(asked.at(-1)?.secret).toBe(TOKEN);
    expect(keyInFile()).not.toBe(old);
  });
});

describe('the token', () => {
  test('comes from a file, the environment or the command line, in this order', () => {
    const file = join(folder, 'token');
    writeFileSync(file, `${TOKEN}\n`);
    const other = `hve_${'u'.repeat(32)}`;
    expect(readEnrolmentToken({ tokenFile: file }, { HYPERVIGIL_ENROLMENT_TOKEN: other })).toEqual(
      ok(TOKEN),
    );
    const environment = { HYPERVIGIL_ENROLMENT_TOKEN: TOKEN };
    expect(readEnrolmentToken({}, environment)).toEqual(ok(TOKEN));
    expect(environment, 'no child inherits it').toEqual({});
    expect(readEnrolmentToken({ token: TOKEN }, {})).toEqual(ok(TOKEN));
  });

  test.each([
    [{}, /no enrolment token.*--token-file FILE.*HYPERVIGIL_ENROLMENT_TOKEN/],
    [{ token: 'hv_x' }, /--token: this is no enrolment token/],
    [{ token: TOKEN, tokenFile: '-' }, /give one of them/],
  ])('%j is an error that says what to do, and repeats no secret', (flags, error) => {
    expect(readEnrolmentToken(flags, {})).toEqual({
      ok: false,
      error: expect.stringMatching(error),
    });
  });
});

test('the first configuration is written, and nobody else’s is touched', () => {
  const path = join(folder, 'agent.yaml');
  expect(writeFirstConfig(path, { url: URL_OF_IT, keyFile: '/k' })).toBe(true);
  expect(parse(readFileSync(path, 'utf8'))).toEqual({ url: URL_OF_IT.href, keyFile: '/k' });
  expect(writeFirstConfig(path, { url: URL_OF_IT, keyFile: '/other' })).toBe(false);
  expect(readFileSync(path, 'utf8')).toContain('/k');
});

test('the first configuration is for all to read, and is there wholly or not at all', () => {
  const path = join(folder, 'agent.yaml');
  // Of one that was killed.
  writeFileSync(`${path}.new`, 'ur');
  const before = process.umask(0o077);
  try {
    expect(writeFirstConfig(path, { url: URL_OF_IT, keyFile: '/k' })).toBe(true);
  } finally {
    process.umask(before);
  }
  expect(statSync(path).mode & 0o777).toBe(0o644);
  expect(readdirSync(folder)).toEqual(['agent.yaml']);
});

test('the first configuration explains every setting, and names the schema for editors', () => {
  const path = join(folder, 'agent.yaml');
  const url = new URL('https://watch.example.com/eu');
  writeFirstConfig(path, { url, keyFile: '/k: #1', host: '*' });
  const text = readFileSync(path, 'utf8');
  expect(text.split('\n')[0]).toBe(
    '# yaml-language-server: $schema=https://watch.example.com/eu/agent.schema.json',
  );
  for (const setting of SETTINGS) expect(text).toMatch(new RegExp(`^#?${setting}:`, 'm'));
  const loaded = loadConfig({ config: path }, {});
  expect(loaded).toMatchObject({ ok: true, value: { url, keyFile: '/k: #1', host: '*' } });
});

test('the comments are those of docs/agent.yaml: `npm run docs` writes them', () => {
  const made = readFileSync(new URL('../../agent/config-comments.ts', import.meta.url), 'utf8');
  expect(made).toBe(agentComments());
});

test('agent check tells that a key came with a copied disk', async () => {
  await run([GRANTED], { host: 'template' });
  const config = (host: string): AgentConfig => ({
    ...defaultConfig(),
    url: URL_OF_IT,
    keyFile,
    host,
  });
  const post = async (): Promise<PostOutcome> => ({
    kind: 'refused',
    reason: 'refused',
    message: 'answered 400',
  });
  expect(await checkServer(config('template'), post)).toMatchObject({ status: 'ok' });
  expect(await checkServer(config('web-1'), post)).toMatchObject({
    status: 'trouble',
    sees: expect.stringContaining('is of host template, and this is web-1'),
    mend: expect.stringContaining('agent enroll'),
  });
});

function defaultConfig(): AgentConfig {
  const config = loadConfig({}, {});
  if (!config.ok) throw new Error(config.error[0]?.reason);
  return config.value;
}
