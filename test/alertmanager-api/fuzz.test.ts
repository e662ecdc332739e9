import fc from 'fast-check';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAlertmanager, type TestAlertmanager } from './fixture.ts';

let api: TestAlertmanager;
beforeAll(async () => {
  api = await startAlertmanager();
});
afterAll(() => api.close());

/** Bodies near good ones: members are there, missing or of any kind. */
const nearly = (members: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  fc.record(
    Object.fromEntries(
      Object.entries(members).map(([name, good]) => [
        name,
        fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: fc.jsonValue() }),
      ]),
    ),
    { requiredKeys: [] },
  );

const time = fc.constantFrom('2026-03-01T12:00:00Z', '2026-03-02', '2027-01-01T00:00:00.5+02:00');
const matcher = nearly({
  name: fc.constantFrom('host', 'a b', ''),
  value: fc.constantFrom('web1', '(', '.*', ''),
  isRegex: fc.boolean(),
  isEqual: fc.boolean(),
});
const silence = nearly({
  id: fc.constantFrom('', 'zzz'),
  matchers: fc.array(matcher, { maxLength: 3 }),
  startsAt: time,
  endsAt: time,
  createdBy: fc.string(),
  comment: fc.string(),
  annotations: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
});
const acknowledgement = nearly({
  fingerprint: fc.constantFrom('0123456789abcdef'),
  filter: fc.array(fc.constantFrom('host=web1', 'zz', '')),
  by: fc.string(),
  note: fc.string(),
  for: fc.constantFrom('1h', '1y', 'x'),
  until: time,
});

test.each([
  ['/api/v2/silences', silence],
  ['/v1/acknowledgements', acknowledgement],
])(
  '%s answers whatever is posted',
  async (path, body) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(body, fc.json(), fc.string()), async (posted) => {
        const { status, json } = await api.post(path, posted);
        expect([200, 400, 404, 422]).toContain(status);
        if (status !== 200) expect(JSON.stringify(json)).toMatch(/[a-z]{3}/);
      }),
      { numRuns: 300 },
    );
  },
  60_000,
);

const goodMatcher = fc.record({
  name: fc.string({ minLength: 1, unit: 'grapheme' }),
  value: fc.string({ minLength: 1, unit: 'grapheme' }),
  isRegex: fc.constant(false),
  isEqual: fc.boolean(),
});
const idSchema = v.object({ silenceID: v.string() });

test('a silence of any texts is given back as it was posted', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(goodMatcher, { minLength: 1, maxLength: 3 }),
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'grapheme' }),
      async (matchers, createdBy, comment) => {
        const times = { startsAt: '2026-03-01T12:00:00.000Z', endsAt: '2026-03-01T14:30:00.250Z' };
        const posted = { matchers, createdBy, comment, ...times };
        const { json } = await api.post('/api/v2/silences', posted);
        const { silenceID } = v.parse(idSchema, json);
        const read = await api.get(`/api/v2/silence/${silenceID}`);
        expect(read.json).toMatchObject(posted);
      },
    ),
    { numRuns: 100 },
  );
}, 60_000);
