import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { MINUTE_MS, minuteOf } from '../../core/host-minute.ts';
import { DAY_MS } from '../../core/time.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { readPushKeys } from '../../functions/store/push-keys.ts';
import { createPushSubscriptions } from '../../functions/store/push-subscriptions.ts';
import { createSessionStore } from '../../functions/store/sessions.ts';
import { createSubscriptionNotes } from '../../functions/store/subscription-notes.ts';
import { Deployment } from './deployment.ts';
import { fixtureNames, keyOf, readFixture } from './fixture.ts';
import {
  ADDED,
  BROWSER,
  FIRST_HOUR_MS,
  HOSTS,
  HOT,
  LEFT_MS,
  NOON_MS,
  OTHER_VMS,
  PUSH_KEYS,
  SESSION,
  SILENCED,
  VM,
  WARM,
  WELL,
} from './scene.ts';

/** What the earliest releases had not. */
const BEFORE = {
  silences: ['01-3757294', '02-bac1e05'],
  groups: ['01-3757294'],
  audit: ['01-3757294', '02-bac1e05', '03-44a055a', '03-44a055a-parts'],
};

const Samples = v.object({
  data: v.object({
    result: v.array(
      v.object({
        metric: v.record(v.string(), v.string()),
        value: v.tuple([v.number(), v.string()]),
      }),
    ),
  }),
});

/** A test of what not every fixture has. */
function testIf(has: boolean, name: string, run: () => Promise<void>): void {
  if (has) test(name, run);
}

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: LEFT_MS });
});
afterAll(() => {
  vi.useRealTimers();
});

describe.each(fixtureNames())('a table that %s left', (name) => {
  const fixture = readFixture(name);
  const hasSilences = !BEFORE.silences.includes(name);
  let now: Deployment;

  beforeAll(async () => {
    vi.setSystemTime(LEFT_MS);
    now = await Deployment.over(fixture);
  });
  afterAll(() => now.close());

  /** Values of an instant query, by host or whatever label is named. */
  async function values(query: string, atMs: number, label = 'host') {
    const answer = await now.get('/api/v1/query', { query, time: `${atMs / 1000}` });
    const { result } = v.parse(Samples, answer).data;
    return Object.fromEntries(
      result.map(({ metric, value: [, value] }) => [metric[label] ?? '', Number(value)]),
    );
  }

  /** All hosts post their last minute, but for one that a load is told of; and a tick follows. */
  async function minute(endMs: number, loads: Readonly<Record<string, number>> = {}) {
    for (const host of HOSTS) {
      const atMs = endMs - MINUTE_MS;
      vi.setSystemTime(Deployment.minuteEndMs(host, atMs));
      expect(await now.post(host, atMs, loads[host])).toMatchObject({ status: 200 });
    }
    vi.setSystemTime(endMs);
    expect((await now.tick(endMs)).errors).toEqual([]);
    return now.told();
  }

  async function expectLists(): Promise<void> {
    const hosts = await now.get('/api/v1/hosts');
    expect(hosts).toMatchObject({
      data: {
        hosts: expect.arrayContaining(HOSTS.map((host) => expect.objectContaining({ host }))),
      },
    });
    const vms = await now.get('/api/v1/vms');
    const names = [VM, ...OTHER_VMS].map(({ vm, uuid }) =>
      expect.objectContaining({ name: vm, uuid }),
    );
    expect(vms).toMatchObject({ data: { vms: expect.arrayContaining(names) } });
  }

  test('gives its samples, recorded series and alerts to whoever has its token', async () => {
    expect(await values('host_load1', LEFT_MS)).toEqual({
      [HOT]: 9,
      [SILENCED]: 9,
      [WARM]: 7,
      [WELL]: 1,
    });
    expect(await values('host_load1', FIRST_HOUR_MS + 33 * MINUTE_MS)).toEqual({
      [HOT]: 1,
      [WELL]: 1,
    });
    expect(await values('demo_value', NOON_MS + 7 * MINUTE_MS, 'job')).toEqual({ demo: 42 });
    expect(await values('fleet:load:sum', LEFT_MS, '__name__')).toEqual({ 'fleet:load:sum': 26 });
    expect(await values('ALERTS{alertstate="firing"}', LEFT_MS)).toEqual({
      [HOT]: 1,
      [SILENCED]: 1,
    });
  });

  testIf(!BEFORE.groups.includes(name), 'lists its hosts and VMs', () => expectLists());

  testIf(name >= '07', 'has the rules that somebody edited', async () => {
    const listed = await now.get('/api/v1/rules/files');
    const edited = { name: 'edited.rules.yaml', source: 'new', version: 1, who: 'root' };
    expect(listed).toMatchObject({
      data: { files: expect.arrayContaining([expect.objectContaining(edited)]) },
    });
    expect(JSON.stringify(await now.get('/api/v1/rules'))).toContain('"name":"Edited"');
    const versions = await now.get('/api/v1/rules/files/edited.rules.yaml/versions');
    expect(versions).toMatchObject({
      data: [{ comment: 'to be kept', isCurrent: true, rules: 1 }],
    });
  });

  testIf(name >= '08', 'knows who is told: browsers, and who was added here', async () => {
    const { table } = now.store;
    expect(await readPushKeys(table)).toEqual(PUSH_KEYS);
    expect(await createPushSubscriptions(table).list(LEFT_MS)).toEqual([BROWSER]);
    expect(await createSubscriptionNotes(table).list(LEFT_MS)).toEqual([{ ...ADDED, revision: 1 }]);
  });

  testIf(hasSilences, 'has its silences, acknowledgements and deliveries', async () => {
    expect(await now.get('/api/v2/silences')).toEqual([
      expect.objectContaining({
        comment: 'is being moved',
        createdBy: 'ada',
        status: { state: 'active' },
        matchers: [{ name: 'host', value: SILENCED, isRegex: false, isEqual: true }],
      }),
    ]);
    expect(JSON.stringify(await now.get('/v1/acknowledgements'))).toContain(`"host":"${HOT}"`);
  });

  testIf(!BEFORE.groups.includes(name), 'tells what was told to whom', async () => {
    expect(JSON.stringify(await now.get('/v1/notifications'))).toContain(`"host":"${HOT}"`);
  });

  testIf(!BEFORE.audit.includes(name), 'tells who changed what', async () => {
    const terms = { role: 'admin' as const };
    const token = await addApiToken(now.store.table, 'auditor', LEFT_MS, terms);
    const records = JSON.stringify(await now.get('/api/v1/audit', {}, token));
    expect(records).toContain('"action":"silence.');
    expect(records).toContain('"action":"alert.acknowledge"');
  });

  test('knows what an agent of then sends again', async () => {
    const minute = minuteOf(HOT, LEFT_MS - 2 * MINUTE_MS);
    const item = fixture.items.find((one) => keyOf(one) === `M#${minute}#0 ${HOT}`);
    const bytes = item?.['b'];
    if (bytes === undefined || !('B' in bytes)) throw new Error(`no chunk of minute ${minute}`);
    const answer = await now.postBytes(HOT, Buffer.from(bytes.B, 'base64'));
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('known') });
  });

  test('goes on: what fires is not told again, what waits is told in its time, what ends once', async () => {
    const told = [];
    for (let i = 10; i <= 15; i++) told.push(...(await minute(NOON_MS + i * MINUTE_MS)));
    // The first releases knew nothing of groups: what fired then is told once more.
    const again = BEFORE.groups.includes(name) ? told.splice(0) : [];
    expect(again.every((subject) => subject.includes('Hot'))).toBe(true);
    expect(told).toEqual([]);
    const warm = await minute(NOON_MS + 16 * MINUTE_MS);
    expect(warm).toEqual([expect.stringContaining('Warm')]);
    expect(await minute(NOON_MS + 17 * MINUTE_MS)).toEqual([]);
    const ended = await minute(NOON_MS + 18 * MINUTE_MS, { [HOT]: 1, [SILENCED]: 1 });
    const later = await minute(NOON_MS + 19 * MINUTE_MS, { [HOT]: 1, [SILENCED]: 1 });
    const ends = [...ended, ...later].filter((subject) => subject.includes('Hot'));
    expect(ends).toHaveLength(hasSilences ? 1 : 2);
    await expectLists();
  });

  testIf(
    fixture.secrets.viewerToken !== undefined,
    'lets the token of a viewer do what it was made for, and knows who is signed in',
    async () => {
      const { viewerToken = '' } = fixture.secrets;
      await now.get('/api/v1/query', { query: '1' }, viewerToken);
      await expect(now.get('/api/v1/hosts', {}, viewerToken)).rejects.toThrow('403');
      const sessions = createSessionStore(now.store.table);
      expect(await sessions.read(SESSION.hash, LEFT_MS)).toEqual({ ...SESSION, revision: 1 });
    },
  );

  testIf(
    fixture.secrets.enrolmentToken !== undefined,
    'gives the uses that its enrolment token has left, and no more',
    async () => {
      expect(await now.enrol('enrolled-2')).toBe('enrolled');
      expect(await now.enrol('enrolled-3')).toBe('token_used_up');
    },
  );

  test('is rolled up from where that was left, what came late too, and read long after', async () => {
    vi.setSystemTime(NOON_MS + 100 * MINUTE_MS);
    const reports = await now.compact();
    expect(reports.flatMap(({ errors }) => errors)).toEqual([]);
    expect(reports.every(({ left }) => left === 0)).toBe(true);
    vi.setSystemTime(LEFT_MS + 8 * DAY_MS);
    const hourly = 'avg_over_time(host_load1[1h])';
    expect(await values(hourly, NOON_MS - 3_600_000)).toMatchObject({ [HOT]: 1, [WELL]: 1 });
    expect(
      await values('count_over_time(host_load1{host="web-1"}[2h])', NOON_MS - 3_600_000),
    ).toEqual({ [HOT]: 5 });
    expect(await values('vm_up{vm="mail"}', FIRST_HOUR_MS + 33 * MINUTE_MS, 'vm')).toEqual({
      mail: 1,
    });
  });
});
