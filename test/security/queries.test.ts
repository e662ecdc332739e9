import { afterAll, beforeAll, expect, test } from 'vitest';
import { startVictim, type Victim } from './victim.ts';

/** What somebody with nothing but a viewer's token can make the API do. */
let victim: Victim;
/** One whose queries get a second. */
let hurried: Victim;
beforeAll(async () => {
  victim = await startVictim();
  hurried = await startVictim({ api: { QUERY_TIMEOUT_SECONDS: '1' } });
});
afterAll(async () => {
  await victim.close();
  await hurried.close();
});

const around = (count: number, inner: string, wrap: (inner: string) => string): string => {
  let query = inner;
  for (let i = 0; i < count; i++) query = wrap(query);
  return query;
};
const LABELLED = 'label_replace(vector(1),"a","xxxxxxxxxx","","")';

async function query(text: string, asked = victim) {
  const startedMs = performance.now();
  const got = await asked.ask('api', {
    method: 'POST',
    path: '/api/v1/query',
    secret: asked.viewer,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ query: text }).toString(),
  });
  return { ...got, tookMs: performance.now() - startedMs };
}

test.each([
  ['brackets', `${'('.repeat(50_000)}1`],
  ['brackets that end', `${'('.repeat(45_000)}1${')'.repeat(45_000)}`],
  ['signs', `${'-'.repeat(90_000)}1`],
  ['sums', `1${'+1'.repeat(49_000)}`],
  ['powers', `2${'^2'.repeat(49_000)}`],
  ['powers of times', `up[2${'^2'.repeat(30_000)}]`],
  ['sums of times', `up[1s${'+1s'.repeat(25_000)}]`],
  ['signed powers', `2${'^-2'.repeat(30_000)}`],
  ['calls', `${'abs('.repeat(20_000)}1`],
  ['subqueries', around(2_000, 'up', (q) => `max_over_time(${q}[1h:1m])`)],
  ['more text than is read', 'a'.repeat(3_000_000)],
  ['steps beyond number', 'max_over_time(vector(1)[1y:1ms])'],
  ['years beyond number', 'rate(up[100000000000y])'],
  ['values that double', around(60, LABELLED, (q) => `label_replace(${q},"a","$1$1","a","(.*)")`)],
  [
    'a long value named over and over',
    `label_replace(label_replace(vector(1),"a","${'x'.repeat(16_000)}","",""),"b","${'$0'.repeat(40_000)}","a",".*")`,
  ],
  ['joins that double', around(60, LABELLED, (q) => `label_join(${q},"a","","a","a")`)],
  ['a pattern that multiplies', 'up{a=~"(((x{1,100}){1,100}){1,100})"}'],
  ['groups without end', `up{a=~"${'(a|'.repeat(9_000)}b${')'.repeat(9_000)}"}`],
])('%s are refused in words, soon', async (_what, text) => {
  const { status, tookMs, text: body } = await query(text);
  expect([400, 413, 422]).toContain(status);
  expect(JSON.parse(body)).toMatchObject({ status: 'error', error: expect.any(String) });
  expect(tookMs).toBeLessThan(5_000);
});

test.each([
  ['one series read over and over', 'max_over_time(max_over_time(vector(1)[1d:1s])[1d:1s])'],
  ['quantiles of it', 'quantile_over_time(0.5, max_over_time(vector(1)[6h:1s])[1d:1s])'],
])('%s ends when its time is up', async (_what, text) => {
  const { status, tookMs, text: body } = await query(text, hurried);
  expect(status).toBe(503);
  expect(body).toContain('timed out');
  expect(tookMs).toBeLessThan(10_000);
});

test.each([
  // Each takes a backtracking matcher longer than the universe is old.
  ['(x+x+)+y', 'x'.repeat(5_000)],
  ['(a|a)*b', 'a'.repeat(5_000)],
  ['(.*)*=', 'a'.repeat(5_000)],
])('the pattern %s takes linear time', async (pattern, value) => {
  const matches = `label_replace(label_replace(vector(1),"v","${value}","",""),"w","$0","v","${pattern}")`;
  const { status, tookMs } = await query(matches);
  expect(status).toBe(200);
  expect(tookMs).toBeLessThan(5_000);
});

test('labels named as parts of JavaScript objects are only data', async () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const { text } = await query(`sum by (${name}) (count_values("${name}", vector(7)))`);
    expect(JSON.parse(text).data.result[0]).toMatchObject({ value: [expect.any(Number), '1'] });
    expect(Object.entries(JSON.parse(text).data.result[0].metric)).toEqual([[name, '7']]);
    for (const path of [`/api/v1/label/${name}/values`, '/api/v1/labels']) {
      const query = `match[]=${name}`;
      const got = await victim.ask('api', { path, query, secret: victim.viewer });
      expect(got.status).toBe(200);
    }
    const got = await victim.ask('api', { path: `/${name}`, secret: victim.viewer });
    expect(got.status).toBe(404);
  }
  expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
});
