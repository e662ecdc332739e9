import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { AGENT_FILES_PATH } from '../../core/agent-release/release.ts';
import { createHandler as createInstall } from '../../functions/install/handler.ts';
import { addHostKey, newHostKey } from '../../functions/store/host-keys.ts';
import { startTable, type TestTable } from '../functions/table.ts';
import { type Answer, ask, urlEvent } from './clients.ts';
import { ANSWER_MS, always, at, LASTING, PASSING } from './faults.ts';
import { type FaultyProxy, type Schedule, startProxy } from './proxy.ts';
import { SCENES, type Scene, type SceneMaker } from './scenes.ts';

/** Each kind of fault of the table at each call that each kind of request makes of it. */

vi.setConfig({ testTimeout: 60_000 });

let store: TestTable;
let proxies: FaultyProxy[];
let names = 0;

/** A scene of its own, with a way of its own to the table. */
async function begin(make: SceneMaker): Promise<{ scene: Scene; proxy: FaultyProxy }> {
  const proxy = await startProxy(store.environment['DYNAMODB_ENDPOINT'] ?? '');
  proxies.push(proxy);
  const environment = {
    ...store.environment,
    DYNAMODB_ENDPOINT: proxy.endpoint,
    TABLE_ANSWER_MS: String(ANSWER_MS),
  };
  const scene = await make(store, environment, `x${++names}`);
  proxy.inject();
  return { scene, proxy };
}

/** So that no answer is late for want of this machine's time. */
const AT_ONCE = 20;

async function each<T, R>(all: readonly T[], act: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = all.entries();
  const worker = async () => {
    for (const [index, one] of left) results[index] = await act(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

/** At which the table has done nothing, or all of it, or nobody knows. */
const WRITE_FAULTS = ['throttled', 'answer lost', 'done, and no answer', 'access denied'];

interface Run {
  readonly first: Answer;
  readonly again: Answer;
  readonly outcome: unknown;
}

/** Asked with the faults of a schedule, and, as whoever gets no answer does, once more without. */
async function run(make: SceneMaker, schedule: Schedule): Promise<Run> {
  const { scene, proxy } = await begin(make);
  proxy.inject(schedule);
  const first = await scene.send();
  proxy.inject();
  const again = first.status < 300 ? first : await scene.send();
  return { first, again, outcome: await scene.outcome(again) };
}

describe.each(Object.entries(SCENES))('%s', (_, make) => {
  let wanted: unknown;
  let calls: number;
  beforeAll(async () => {
    store = await startTable();
    proxies = [];
    const { scene, proxy } = await begin(make);
    const answer = await scene.send();
    calls = proxy.calls().length;
    wanted = await scene.outcome(answer);
    expect(answer.status).toBeLessThan(300);
  });
  afterAll(async () => {
    for (const proxy of proxies) proxy.close();
    await store.close();
  });

  test('is answered as ever when a call fails once, in whatever way, whichever it is', async () => {
    const cases = Object.entries(PASSING).flatMap(([name, fault]) =>
      Array.from({ length: calls }, (_, index) => ({
        what: `${name} at call ${index}`,
        fault,
        index,
      })),
    );
    await each(cases, async ({ what, fault, index }) => {
      const { first, outcome } = await run(make, at(index, fault));

      expect([what, first.status < 300, outcome]).toEqual([what, true, wanted]);
    });
  });

  test.each([
    ['passes', PASSING, 5],
    ['lasts', LASTING, 60],
  ] as const)('is told to come again while a fault is there that %s', async (_, faults, afterS) => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    await each(Object.entries(faults), async ([name, fault]) => {
      const { first, again, outcome } = await run(make, always(fault));
      const found = [name, first.status, first.retryAfterS, again.status < 300, outcome];
      expect(found).toEqual([name, 503, afterS, true, wanted]);
    });
  });

  test('is told so too when it can be read but not written, and then has lost nothing', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const faults = WRITE_FAULTS.map((name) => [name, { ...PASSING, ...LASTING }[name]] as const);
    await each(faults, async ([name, fault]) => {
      if (fault === undefined) throw new Error(`there is no fault "${name}"`);
      const { first, again, outcome } = await run(make, always(fault, 'PutItem', 'UpdateItem'));
      expect([name, [200, 503].includes(first.status)]).toEqual([name, true]);
      expect([name, again.status < 300, outcome]).toEqual([name, true, wanted]);
    });
  });
});

test('a download is refused for a credential that is not known, not for one that cannot be looked up', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const store = await startTable();
  const proxy = await startProxy(store.environment['DYNAMODB_ENDPOINT'] ?? '');
  const key = await addHostKey(store.table, 'web', 0);
  const environment = { ...store.environment, DYNAMODB_ENDPOINT: proxy.endpoint };
  const install = createInstall({ ...environment, RELEASE_DIR: './nowhere' });
  const statusOf = async (faults: Schedule, secret: string) => {
    proxy.inject(faults);
    const headers = { authorization: `Bearer ${secret}` };
    const answer = await ask(
      install,
      urlEvent({ method: 'GET', rawPath: `${AGENT_FILES_PATH}x`, headers }),
    );
    return [answer.status, answer.retryAfterS];
  };
  const { unavailable } = PASSING;
  const denied = LASTING['access denied'];
  if (unavailable === undefined || denied === undefined) return expect.fail('no such faults');
  expect(await statusOf(() => undefined, newHostKey())).toEqual([401, undefined]);
  expect(await statusOf(always(unavailable), newHostKey())).toEqual([503, 5]);
  expect(await statusOf(always(denied), key)).toEqual([503, 60]);
  // Its key is good; that no agent was built is another matter.
  expect(await statusOf(() => undefined, key)).toEqual([404, undefined]);
  proxy.close();
  await store.close();
});
