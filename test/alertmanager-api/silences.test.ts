import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isoTime } from '../../core/time.ts';
import {
  HOUR_MS,
  NOW_MS,
  type Reply,
  startAlertmanager,
  type TestAlertmanager,
} from './fixture.ts';

let api: TestAlertmanager;
beforeEach(async () => {
  api = await startAlertmanager();
});
afterEach(() => api.close());

const WEB1 = { name: 'host', value: 'web1', isRegex: false, isEqual: true };

function posted(parts: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    matchers: [WEB1],
    startsAt: isoTime(api.nowMs),
    endsAt: isoTime(api.nowMs + HOUR_MS),
    createdBy: 'ann',
    comment: 'new disks',
    ...parts,
  };
}

function idOf({ status, json }: Reply): string {
  expect(status).toBe(200);
  return v.parse(v.object({ silenceID: v.pipe(v.string(), v.uuid()) }), json).silenceID;
}

async function add(parts: Readonly<Record<string, unknown>> = {}): Promise<string> {
  return idOf(await api.post('/api/v2/silences', posted(parts)));
}

const listSchema = v.array(
  v.looseObject({ id: v.string(), status: v.object({ state: v.string() }) }),
);

/** Ids and states in the order listed. */
async function listed(params = {}): Promise<[string, string][]> {
  const { json } = await api.get('/api/v2/silences', params);
  return v.parse(listSchema, json).map(({ id, status }) => [id, status.state]);
}

describe('a silence', () => {
  test('has every member that Alertmanager has, in its forms', async () => {
    const matchers = [
      WEB1,
      { name: 'severity', value: 'info|warning', isRegex: true, isEqual: false },
    ];
    const id = await add({ matchers, annotations: { ticket: 'A-1' } });
    const expected = {
      id,
      status: { state: 'active' },
      updatedAt: '2026-03-01T12:00:00.000Z',
      annotations: { ticket: 'A-1' },
      comment: 'new disks',
      createdBy: 'ann',
      endsAt: '2026-03-01T13:00:00.000Z',
      matchers,
      startsAt: '2026-03-01T12:00:00.000Z',
    };
    expect(await api.get(`/api/v2/silence/${id}`)).toMatchObject({ status: 200, json: expected });
    expect((await api.get('/api/v2/silences')).json).toEqual([expected]);
  });

  test('without annotations has no such member', async () => {
    const { json } = await api.get(`/api/v2/silence/${await add()}`);
    expect(json).not.toHaveProperty('annotations');
  });

  test('mutes alerts from the next look on', async () => {
    const id = await add();
    const { json } = await api.get('/api/v2/alerts', { filter: 'host=web1' });
    expect(json).toMatchObject([{ status: { state: 'suppressed', silencedBy: [id] } }]);
  });

  test('that begins in the past begins now', async () => {
    const id = await add({ startsAt: '2020-01-01T00:00:00Z', endsAt: '2026-03-01T15:00:00+02:00' });
    expect((await api.get(`/api/v2/silence/${id}`)).json).toMatchObject({
      startsAt: '2026-03-01T12:00:00.000Z',
      endsAt: '2026-03-01T13:00:00.000Z',
    });
  });

  test('without a beginning, as Go writes it, begins now', async () => {
    const id = await add({ startsAt: '0001-01-01T00:00:00.000Z' });
    expect((await api.get(`/api/v2/silence/${id}`)).json).toMatchObject({
      startsAt: '2026-03-01T12:00:00.000Z',
    });
  });

  test('is ended by DELETE, whether it has begun or not, and once over stays so', async () => {
    const active = await add();
    const pending = await add({ startsAt: isoTime(NOW_MS + 60_000) });
    api.nowMs += 1000;
    for (const id of [active, pending, active]) {
      expect(await api.delete(`/api/v2/silence/${id}`)).toMatchObject({ status: 200 });
    }
    api.nowMs += 1000;
    expect(await api.delete(`/api/v2/silence/${active}`)).toMatchObject({ status: 200 });
    for (const id of [active, pending]) {
      expect((await api.get(`/api/v2/silence/${id}`)).json).toMatchObject({
        status: { state: 'expired' },
        endsAt: '2026-03-01T12:00:01.000Z',
        updatedAt: '2026-03-01T12:00:01.000Z',
      });
    }
  });

  test('that nobody made is not found', async () => {
    const id = randomUUID();
    expect(await api.get(`/api/v2/silence/${id}`)).toMatchObject({ status: 404, json: undefined });
    expect(await api.delete(`/api/v2/silence/${id}`)).toMatchObject({ status: 404 });
    const message = 'silenceID in path must be of type uuid: "abc"';
    for (const reply of [
      await api.get('/api/v2/silence/abc'),
      await api.delete('/api/v2/silence/abc'),
    ])
      expect(reply).toMatchObject({ status: 422, json: { code: 601, message } });
  });
});

describe('a silence posted again with its id', () => {
  test('is changed in place while its beginning and matchers stay', async () => {
    const id = await add();
    api.nowMs += 60_000;
    const later = posted({ id, startsAt: '2026-03-01T12:00:00.999Z', comment: 'two more' });
    expect(idOf(await api.post('/api/v2/silences', later))).toBe(id);
    expect((await api.get(`/api/v2/silence/${id}`)).json).toMatchObject({
      comment: 'two more',
      endsAt: '2026-03-01T13:01:00.000Z',
      updatedAt: '2026-03-01T12:01:00.000Z',
    });
  });

  test.each([
    ['other matchers', { matchers: [{ ...WEB1, value: 'web2' }] }],
    ['another kind of matcher', { matchers: [{ ...WEB1, isRegex: true }] }],
    ['another beginning', { startsAt: '2026-03-01T12:30:00Z' }],
  ])('with %s: the old one ends, a new one takes its place', async (_, parts) => {
    const id = await add();
    api.nowMs += 60_000;
    const next = idOf(await api.post('/api/v2/silences', posted({ id, ...parts })));
    expect(next).not.toBe(id);
    expect(Object.fromEntries(await listed())).toEqual({
      [id]: 'expired',
      [next]: 'startsAt' in parts ? 'pending' : 'active',
    });
  });

  test('while it has not begun may be moved, and not into the past', async () => {
    const id = await add({ startsAt: isoTime(NOW_MS + 60_000) });
    const moved = posted({ id, startsAt: isoTime(NOW_MS + 120_000) });
    expect(idOf(await api.post('/api/v2/silences', moved))).toBe(id);
    const past = posted({ id, startsAt: isoTime(NOW_MS - 1) });
    expect(idOf(await api.post('/api/v2/silences', past))).not.toBe(id);
  });

  test('once it is over is a new one, and the old stays as it ended', async () => {
    const id = await add();
    api.nowMs += 2 * HOUR_MS;
    const next = idOf(await api.post('/api/v2/silences', posted({ id })));
    expect(await listed()).toEqual([
      [next, 'active'],
      [id, 'expired'],
    ]);
    expect((await api.get(`/api/v2/silence/${id}`)).json).toMatchObject({
      endsAt: '2026-03-01T13:00:00.000Z',
    });
  });

  test('by several at once: all are answered, and one change is in force', async () => {
    const id = await add();
    const replies = await Promise.all(
      ['a', 'b', 'c'].map((comment) => api.post('/api/v2/silences', posted({ id, comment }))),
    );
    expect(replies.map(idOf)).toEqual([id, id, id]);
    expect(await listed()).toEqual([[id, 'active']]);
  });

  test('is not found if nobody made it', async () => {
    for (const id of [randomUUID(), 'zzz'])
      expect(await api.post('/api/v2/silences', posted({ id }))).toMatchObject({
        status: 404,
        json: 'silence not found',
      });
  });
});

describe('GET /api/v2/silences', () => {
  test('first what ends next, then what begins next, then what ended last', async () => {
    const at = (hours: number) => isoTime(NOW_MS + hours * HOUR_MS);
    const long = await add({ endsAt: at(9) });
    const short = await add({ endsAt: at(8) });
    const late = await add({ startsAt: at(7), endsAt: at(9) });
    const early = await add({ startsAt: at(6), endsAt: at(9) });
    const endedFirst = await add({ endsAt: at(1) });
    const endedLast = await add({ endsAt: at(2) });
    api.nowMs += 3 * HOUR_MS;
    const all: [string, string][] = [
      [short, 'active'],
      [long, 'active'],
      [early, 'pending'],
      [late, 'pending'],
      [endedLast, 'expired'],
      [endedFirst, 'expired'],
    ];
    expect(await listed()).toEqual(all);
    expect(await listed({ expired: 'false' })).toEqual(all.slice(0, 4));
    expect(await listed({ active: 'false', pending: 'false' })).toEqual(all.slice(4));
  });

  test('by matchers a silence has', async () => {
    const web = await add({ matchers: [WEB1, { ...WEB1, name: 'job' }] });
    const regex = await add({ matchers: [{ ...WEB1, isRegex: true }] });
    expect(await listed({ filter: 'host="web1"' })).toEqual([[web, 'active']]);
    expect(await listed({ filter: 'host=~"web1"' })).toEqual([[regex, 'active']]);
    expect(await listed({ filter: ['host="web1"', 'job=web1'] })).toEqual([[web, 'active']]);
    expect(await listed({ filter: ['host="web1"', 'host=~"web1"'] })).toEqual([]);
    expect(await api.get('/api/v2/silences', { filter: 'zz' })).toMatchObject({ status: 400 });
  });
});

describe('a bad silence is refused in Alertmanager’s words:', () => {
  const rejected = (code: number, message: string | RegExp) => ({
    status: code >= 600 ? 422 : code,
    json: { code, message: expect.stringMatching(message) },
  });
  const refused = (reason: string | RegExp) => ({
    status: 400,
    json: expect.stringMatching(reason),
  });
  const BAD_END = 'Failed to create silence: ';
  const MATCHER = 'invalid silence: invalid label matcher 0 in set 0: ';

  test.each([
    ['no body', '', rejected(602, 'silence in body is required')],
    ['no JSON', '{', rejected(400, /^parsing silence body from "" failed, because /)],
    ['a list', '[]', rejected(400, /^parsing silence body from "" failed, because /)],
    ['nothing in it', '{}', rejected(602, 'comment in body is required')],
  ])('%s', async (_, body, expected) => {
    expect(await api.post('/api/v2/silences', body)).toMatchObject(expected);
  });

  test.each([
    [{ createdBy: null }, rejected(602, 'createdBy in body is required')],
    [{ endsAt: undefined }, rejected(602, 'endsAt in body is required')],
    [{ matchers: null }, rejected(602, 'matchers in body is required')],
    [{ matchers: [] }, rejected(612, 'matchers in body should have at least 1 items')],
    [
      { matchers: [{ name: 'a', value: 'b' }] },
      rejected(602, 'matchers.0.isRegex in body is required'),
    ],
    [{ matchers: [WEB1, { isRegex: true }] }, rejected(602, 'matchers.1.name in body is required')],
    [{ startsAt: 'yesterday' }, rejected(400, /parsing time "yesterday"/)],
    [{ endsAt: '2026-02-30T00:00:00Z' }, rejected(400, /parsing time "2026-02-30T00:00:00Z"/)],
    [{ comment: 5 }, rejected(400, /comment: /)],
    [{ matchers: [{ ...WEB1, isRegex: 'x' }] }, rejected(400, /matchers\.0\.isRegex: /)],
    [{ matchers: [{ ...WEB1, name: '' }] }, refused(`${MATCHER}invalid label name ""`)],
    [
      { matchers: [{ ...WEB1, value: '[', isRegex: true }] },
      refused(
        /^invalid silence: invalid label matcher 0 in set 0: invalid regular expression "\["/,
      ),
    ],
    [
      { matchers: [{ ...WEB1, value: '.*', isRegex: true }] },
      refused('matcher set 0: at least one matcher must not match the empty string'),
    ],
    [{ matchers: [{ ...WEB1, value: '' }] }, refused(/must not match the empty string/)],
    [{ startsAt: '2036-01-01T00:00:00Z' }, refused(`${BAD_END}start time must be before end time`)],
    [
      { startsAt: '2006-01-01T00:00:00Z', endsAt: '2007-01-01T00:00:00Z' },
      refused(`${BAD_END}end time can't be in the past`),
    ],
    [{ comment: 'x'.repeat(20_000) }, refused(/^silence exceeded maximum size/)],
  ])('%j', async (parts, expected) => {
    expect(await api.post('/api/v2/silences', posted(parts))).toMatchObject(expected);
    expect(await listed()).toEqual([]);
  });

  test('another media type', async () => {
    const reply = await api.post('/api/v2/silences', '{}', 'application/x-www-form-urlencoded');
    expect(reply).toMatchObject({ status: 415, json: { code: 415 } });
  });

  test('a negative matcher is enough', async () => {
    await add({ matchers: [{ ...WEB1, isEqual: false }] });
  });
});
