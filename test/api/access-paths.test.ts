import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AREAS } from '../../core/area.ts';
import { ROUTES } from '../../functions/api/access.ts';
import { createHandler } from '../../functions/api/handler.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { startTable, type TestTable } from '../functions/table.ts';
import { apiEvent, NOW_MS, readReply } from './fixture.ts';

let store: TestTable;
let handler: ReturnType<typeof createHandler>;
let nowMs = NOW_MS;
const tokens = new Map<string, string>();

beforeAll(async () => {
  store = await startTable();
  handler = createHandler({ ...store.environment, RULES_DIR: 'test/api/rules' }, () => nowMs);
  tokens.set('viewer', await addApiToken(store.table, 'viewer', nowMs, { role: 'viewer' }));
  for (const area of AREAS) {
    const terms = { role: 'admin', areas: [area] } as const;
    tokens.set(area, await addApiToken(store.table, area, nowMs, terms));
  }
});
afterAll(() => store.close());

/** What each token must not reach, however the address is written. */
const CLOSED = ROUTES.flatMap(({ path, area, role, postsQuestions, changes = {} }) => {
  const asking = ['GET', ...(postsQuestions ? ['POST'] : [])];
  const changing = Object.entries(changes);
  const others = area === undefined ? [] : AREAS.filter((other) => other !== area);
  return [
    ...asking.flatMap((method) => [
      ...(role === 'viewer' ? [] : [{ who: 'viewer', method, path }]),
      ...others.map((who) => ({ who, method, path })),
    ]),
    ...changing.flatMap(([method, change]) => [
      ...(change.role === 'viewer' ? [] : [{ who: 'viewer', method, path }]),
      ...others.map((who) => ({ who, method, path })),
    ]),
  ];
});

/** Ways to write an address that something on the way may take for another, or for the same. */
const TWISTS: readonly ((path: string, at: number) => string)[] = [
  (path) => path,
  (path) => `${path}/`,
  (path) => `${path}//`,
  (path) => `/${path}`,
  (path) => `/x/..${path}`,
  (path) => `${path}/.`,
  (path) => `${path}%2F`,
  (path) => `${path}%00`,
  (path) => `${path}%0A`,
  (path) => `${path};x=1`,
  (path) => `${path}%3Fx`,
  (path) => path.toUpperCase(),
  (path, at) => {
    const i = at % path.length;
    const code = path.charCodeAt(i).toString(16).padStart(2, '0');
    return `${path.slice(0, i)}%${code}${path.slice(i + 1)}`;
  },
  (path, at) => {
    const slashes = [...path.matchAll(/\//g)].map(({ index }) => index);
    const i = slashes[at % slashes.length] ?? 0;
    return `${path.slice(0, i)}%2f${path.slice(i + 1)}`;
  },
  (path, at) => {
    const i = at % path.length;
    return `${path.slice(0, i)}${path.charAt(i).toUpperCase()}${path.slice(i + 1)}`;
  },
];

it('opens nothing to who may not, however the address is written', async () => {
  const twist = fc.record({ how: fc.nat(TWISTS.length - 1), at: fc.nat(60) });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...CLOSED),
      fc.array(twist, { maxLength: 2 }),
      fc.constantFrom('', 'application/json', 'application/x-www-form-urlencoded'),
      async ({ who, method, path }, twists, mediaType) => {
        const id = '00000000-0000-4000-8000-000000000000';
        const rawPath = twists.reduce(
          (written, { how, at }) => TWISTS[how]?.(written, at) ?? written,
          path.replaceAll('*', path.includes('/label/') ? 'job' : id),
        );
        nowMs += 1000;
        const start = Math.floor(nowMs / 1000) - 60;
        const event = apiEvent({
          ...{
            method,
            rawPath,
            rawQueryString: `query=1&start=${start}&end=${start + 60}&step=15`,
          },
          headers: { authorization: `Bearer ${tokens.get(who)}`, 'content-type': mediaType },
          ...(method === 'POST' && mediaType === 'application/json'
            ? { body: '{"name":"x"}' }
            : {}),
        });
        const { status, json } = readReply(await handler(event));
        expect([400, 403, 404, 405]).toContain(status);
        // What is bad of itself, before anybody asks who it is from.
        if (status === 400) expect(json.error).toMatch(/^content type|is not UTF-8$/);
        // Nothing is at an address that was let in.
        if (twists.length === 0) expect([400, 403]).toContain(status);
      },
    ),
    { numRuns: 600 },
  );
}, 60_000);
