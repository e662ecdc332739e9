import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { apiEvent, NOW_MS, readReply, startApi, type TestApi } from './fixture.ts';

/** What people send to the endpoints of rule files who want no rules. */

let api: TestApi;
let admin: string;
let viewer: string;
beforeEach(async () => {
  api = await startApi();
  admin = await addApiToken(api.store.table, 'ann', NOW_MS, { role: 'admin' });
  viewer = await addApiToken(api.store.table, 'bob', NOW_MS, { role: 'viewer' });
});
afterEach(() => api.close());

async function ask(method: string, path: string, body: object | undefined, token = admin) {
  const event = apiEvent({
    method,
    rawPath: path,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return readReply(await api.handler(event));
}

test('a viewer may have a text checked, and one that makes much of little is answered at once', async () => {
  const levels = Array.from(
    { length: 9 },
    (_, i) => `- &g${i + 1}\n  <<: [${Array(10).fill(`*g${i}`).join(', ')}]\n`,
  );
  const text = `groups:\n- &g0 {name: x}\n${levels.join('')}`;
  const beganMs = performance.now();
  const { status, json } = await ask('POST', '/api/v1/rules/check', { text }, viewer);
  expect([status, JSON.stringify(json.data)]).toEqual([200, expect.stringContaining('too much')]);
  expect(performance.now() - beganMs).toBeLessThan(5000);
});

test('names that no rule file has reach no keys of the table', async () => {
  const save = { text: 'groups: []', basedOn: 0 };
  await ask('PUT', '/api/v1/rules/files/web.rules.yaml', save);
  const wishes: readonly (readonly [string, string, object?])[] = [
    ['GET', ''],
    ['GET', '/versions'],
    ['GET', '/versions/1'],
    ['GET', '/versions/deployed'],
    ['POST', '/rollback', { to: 1, basedOn: 0 }],
    ['POST', '/rollback', { to: 'deployed', basedOn: 0 }],
    ['DELETE', '', { basedOn: 0 }],
    ['PUT', '', save],
  ];
  const name = fc.oneof(
    fc.constantFrom(
      ...[
        '__proto__',
        'constructor',
        'web.rules.yaml#00000001',
        '#',
        '..',
        'a/b',
        'x'.repeat(2000),
      ],
      ...['web.rules.yaml\n', '\0', '0', 'web.rules.yaml#', 'ー.rules.yaml'],
    ),
    fc.string({ unit: 'binary', minLength: 1 }),
  );
  await fc.assert(
    fc.asyncProperty(name, fc.constantFrom(...wishes), async (file, [method, rest, body]) => {
      const path = `/api/v1/rules/files/${encodeURIComponent(file)}${rest}`;
      const { status } = await ask(method, path, body);
      expect([400, 404, 405]).toContain(status);
    }),
    { numRuns: 150, examples: wishes.map((wish) => ['x'.repeat(2000), wish]) },
  );
}, 60_000);

test('groups without rules count, of all files together', async () => {
  const text = (file: number) =>
    `groups:\n${Array.from({ length: 900 }, (_, i) => `- {name: g${file}-${i}}\n`).join('')}`;
  const statuses: number[] = [];
  for (const file of [1, 2, 3]) {
    const path = `/api/v1/rules/files/f${file}.rules.yaml`;
    statuses.push((await ask('PUT', path, { text: text(file), basedOn: 0 })).status);
  }
  expect(statuses).toEqual([200, 200, 400]);
});
