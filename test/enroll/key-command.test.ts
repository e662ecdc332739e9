import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readEnrolmentToken } from '../../functions/store/enrolment-tokens.ts';
import { hostOfKey, ownerOfKey } from '../../functions/store/host-keys.ts';
import { startTable, type TestTable } from '../functions/table.ts';

const KEY = fileURLToPath(new URL('../../infra/aws/key.ts', import.meta.url));

// Each command starts Node.
vi.setConfig({ testTimeout: 60_000 });

let store: TestTable;
beforeEach(async () => {
  store = await startTable();
});
afterEach(() => store.close());

/** `npm run key -- --table ... ARGS`, against the table in memory. */
async function key(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const { TABLE_NAME = '', DYNAMODB_ENDPOINT = '' } = store.environment;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [KEY, '--table', TABLE_NAME, ...args],
    {
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: DYNAMODB_ENDPOINT,
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'x',
        AWS_SECRET_ACCESS_KEY: 'x',
      },
    },
  );
  return { stdout: stdout.trim(), stderr: stderr.trim() };
}

test('keys are made, listed without their secrets, replaced with an overlap, and ended', async () => {
  const old = (await key('--host', 'web-1')).stdout;
  const sender = (await key('--sender', 'prometheus-1')).stdout;
  const made = await key('--rotate', 'web-1', '--overlap', '2h');
  expect(made.stderr).toMatch(/^the old key of web-1 is good until \d{4}-/);
  for (const each of [old, made.stdout])
    expect(await hostOfKey(store.table, each, Date.now())).toBe('web-1');

  const { stdout: list } = await key('--list');
  expect(list.split('\n')).toEqual([
    expect.stringMatching(/^KIND +NAME +MADE +BY +STATE$/),
    expect.stringMatching(/^sender +prometheus-1 +\d{4}-\S+ \S+Z +operator +good$/),
    expect.stringMatching(/^host +web-1 .* operator +replaced, good for (2 h|1 h 59 min)$/),
    expect.stringMatching(/^host +web-1 .* rotation +good$/),
  ]);
  for (const secret of [old, sender, made.stdout]) expect(list).not.toContain(secret.slice(3));

  expect((await key('--revoke', 'web-1')).stderr).toMatch(/^2 keys of web-1 ended/);
  for (const each of [old, made.stdout])
    expect(await hostOfKey(store.table, each, Date.now())).toBeUndefined();
  expect(await ownerOfKey(store.table, sender, Date.now())).toMatchObject({ kind: 'sender' });
  expect((await key('--list')).stdout).toMatch(/web-1 .* ended \d{4}-/);
});

test('a token is made with its terms, and revoked by the id that it came with', async () => {
  const made = await key('--enrol-token', '--uses', '300', '--expires', '7d');
  const [id = ''] = /enrol-[0-9a-f]{8}/.exec(made.stderr) ?? [];
  expect(await readEnrolmentToken(store.table, made.stdout)).toMatchObject({
    id,
    usesLeft: 300,
    mayReEnrol: false,
    isRevoked: false,
  });
  expect((await key('--list')).stdout).toMatch(
    new RegExp(`^enrolment token +${id} .* good for (7 d|6 d 23 h) and 300 of 300 hosts$`, 'm'),
  );
  await key('--revoke', id);
  expect(await readEnrolmentToken(store.table, made.stdout)).toMatchObject({ isRevoked: true });
});

test('a token may be bound to names, and the list says to which', async () => {
  const { stdout: token } = await key('--enrol-token', '--hosts', 'web-*');
  expect(await readEnrolmentToken(store.table, token)).toMatchObject({ hosts: 'web-*' });
  expect((await key('--list')).stdout).toMatch(/ and 1 of 1 hosts named "web-\*"$/m);
});

test.each([
  [['--host', 'web-1', '--hosts', 'web-*'], /--hosts goes with --enrol-token/],
  [['--list', '--host', 'web-1'], /one of --host, .* is needed/],
  [['--enrol-token', '--uses', '0'], /from 1 to 100000/],
  [['--enrol-token', '--expires', 'soon'], /a time such as 24h/],
  [['--host', '@web'], /not a name/],
  [['--rotate', 'nobody'], /"nobody" has no key/],
  [
    ['--revoke', 'nobody'],
    /"nobody" has no key or API token that is good, and no enrolment token has that id/,
  ],
])('%j is an error that says what is wrong', async (args, message) => {
  await expect(key(...args)).rejects.toMatchObject({ stderr: expect.stringMatching(message) });
});
