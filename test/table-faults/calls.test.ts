import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { getEntry, putEntry } from '../../functions/store/conf-items.ts';
import { openTable, type Table } from '../../functions/store/dynamo.ts';
import { isStoreBusy, storeFaultOf } from '../../functions/store/errors.ts';
import { createFaultLog } from '../../functions/store/fault-log.ts';
import { PARTITION_KEY, SORT_KEY } from '../../functions/store/item-keys.ts';
import { withPatience } from '../../functions/store/patience.ts';
import { createRetryStrategy, QUICK, THOROUGH, waitsMaxMs } from '../../functions/store/retries.ts';
import { ANSWER_MS, always, at, LASTING, PASSING } from './faults.ts';
import { type FaultyTable, startFaultyTable } from './faulty-table.ts';
import type { Fault } from './proxy.ts';

let store: FaultyTable;
beforeEach(async () => {
  store = await startFaultyTable();
});
afterEach(() => store.close());

const through = (limits = QUICK, answerMs = ANSWER_MS): Table =>
  openTable({ tableName: 'test', endpoint: store.proxy.endpoint, answerMs }, limits);

const read = ({ client, name }: Table) =>
  client.send(
    new GetItemCommand({
      TableName: name,
      Key: { [PARTITION_KEY]: { S: 'nobody' }, [SORT_KEY]: { S: 'knows' } },
    }),
  );

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

function named(faults: Readonly<Record<string, Fault>>, name: string): Fault {
  const fault = faults[name];
  if (fault === undefined) throw new Error(`there is no fault "${name}"`);
  return fault;
}

describe('a call', () => {
  test.each([
    ['for somebody who waits', QUICK, 4, 7.4],
    ['of much', THOROUGH, 6, 54.2],
  ])('%s is made so often, and takes so long, and no longer', async (_, limits, times, seconds) => {
    store.proxy.inject(always(named(PASSING, 'internal error')));
    expect(isStoreBusy(await failure(read(through(limits))))).toBe(true);
    expect(store.proxy.calls()).toHaveLength(times);
    const sumMs = limits.attemptsMax * limits.answerMs + waitsMaxMs(limits);
    expect(sumMs / 1000).toBeCloseTo(seconds, 6);
  });

  test('waits no longer in between than is said, however chance falls', async () => {
    const strategy = createRetryStrategy(THOROUGH, () => 1);
    let token = await strategy.acquireInitialRetryToken('');
    let sumMs = 0;
    for (let retry = 1; retry < THOROUGH.attemptsMax; retry++) {
      token = await strategy.refreshRetryTokenForRetry(token, { errorType: 'THROTTLING' });
      sumMs += token.getRetryDelay();
    }
    expect(sumMs).toBe(waitsMaxMs(THOROUGH));
    const oneMore = strategy.refreshRetryTokenForRetry(token, { errorType: 'THROTTLING' });
    await expect(oneMore).rejects.toThrow();
  });

  test.each(Object.keys(LASTING))('is made once where trying again is no use: %s', async (name) => {
    store.proxy.inject(always(named(LASTING, name)));
    expect(storeFaultOf(await failure(read(through())))).toMatchObject({ isLasting: true });
    expect(store.proxy.calls()).toHaveLength(1);
  });

  test('ends when patience does, and is not made again', async () => {
    store.proxy.inject(always(named(PASSING, 'no answer')));
    const table = through(QUICK, 60_000);
    const startedMs = performance.now();
    const error = await withPatience(200, () => failure(read(table)));
    expect(storeFaultOf(error)).toMatchObject({ name: 'TimeoutError', isLasting: false });
    expect(performance.now() - startedMs).toBeLessThan(2000);
    expect(store.proxy.calls()).toHaveLength(1);
  });

  test('after the end of patience is not made at all', async () => {
    const error = await withPatience(0, () => failure(read(through())));
    expect(isStoreBusy(error)).toBe(true);
    expect(store.proxy.calls()).toHaveLength(0);
  });

  test('within shorter patience does not get the longer one around it, nor the other way round', async () => {
    const inner = await withPatience(60_000, () => withPatience(0, () => failure(read(through()))));
    const outer = await withPatience(0, () => withPatience(60_000, () => failure(read(through()))));
    expect([inner, outer].map(isStoreBusy)).toEqual([true, true]);
  });

  test('is made once by a function that has met nothing but faults for long', async () => {
    store.proxy.inject(always(named(PASSING, 'connection cut before')));
    const table = through();
    const calls = 50;
    await Promise.all(Array.from({ length: calls }, () => failure(read(table))));
    expect(store.proxy.calls().length).toBeLessThanOrEqual(calls + 100);
    const before = store.proxy.calls().length;
    await failure(read(table));
    expect(store.proxy.calls()).toHaveLength(before + 1);
  });

  test('that could not even be signed is a fault as well: no credentials', async () => {
    const table = through();
    table.client.config.credentials = async () => {
      throw Object.assign(new Error('nowhere'), { name: 'CredentialsProviderError' });
    };
    const fault = storeFaultOf(await failure(read(table)));
    expect(fault).toMatchObject({ name: 'CredentialsProviderError', isLasting: true });
  });

  test('that is a mistake of ours is none', async () => {
    const invalid: Fault = { kind: 'refused', status: 400, name: 'ValidationException' };
    store.proxy.inject(always(invalid));
    expect(isStoreBusy(await failure(read(through())))).toBe(false);
    expect(isStoreBusy(new TypeError('a bug'))).toBe(false);
  });
});

describe('a conditional write', () => {
  const entry = (revision: number, value: string) => ({ sortKey: 'x', revision, value });
  const END_MS = Date.UTC(2100, 0);

  test.each(['answer lost', 'done, and no answer', 'answer cut in the midst'])(
    'that was done is known for done, though: %s',
    async (name) => {
      const table = through();
      store.proxy.inject(at(0, named(PASSING, name)));
      expect(await putEntry(table, 'CONF#test', entry(0, 'first'), END_MS)).toBe(true);
      store.proxy.inject(at(0, named(PASSING, name)));
      expect(await putEntry(table, 'CONF#test', entry(1, 'second'), END_MS)).toBe(true);
      const found = await getEntry(store.table, 'CONF#test', 'x');
      expect(found).toMatchObject({ revision: 2, value: 'second' });
    },
  );

  test('that another was quicker with is not, even if it said the same', async () => {
    const value = 'the same';
    expect(await putEntry(store.table, 'CONF#test', entry(0, value), END_MS)).toBe(true);
    store.proxy.inject(at(0, named(PASSING, 'connection cut before')));
    expect(await putEntry(through(), 'CONF#test', entry(0, value), END_MS)).toBe(false);
  });
});

test('what somebody has to mend is in the log, once a minute', () => {
  const lines: string[] = [];
  let nowMs = 0;
  const note = createFaultLog(() => nowMs, {
    error: (message, { code, error } = {}) => lines.push(`${message}: ${code}: ${error}`),
  });
  const denied = Object.assign(new Error('no dynamodb:PutItem'), { name: 'AccessDeniedException' });
  for (nowMs of [0, 1000, 59_999]) expect(note(denied)).toMatchObject({ retryAfterMs: 60_000 });
  note(Object.assign(new Error('busy'), { name: 'ThrottlingException' }));
  expect(note(new Error('a bug'))).toBeUndefined();
  expect(lines).toEqual([
    expect.stringMatching(/somebody mends this: AccessDeniedException: .*no dynamodb:PutItem/),
  ]);
  nowMs = 60_000;
  note(denied);
  expect(lines).toHaveLength(2);
});
