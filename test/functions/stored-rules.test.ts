import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { parseRuleFile } from '../../core/rules/rule-file.ts';
import { type EvaluatePorts, evaluate } from '../../functions/evaluate/evaluate.ts';
import { createHandler } from '../../functions/evaluate/handler.ts';
import { createInventoryWriter } from '../../functions/evaluate/inventory-writer.ts';
import type { DeployedFile } from '../../functions/evaluate/rules.ts';
import { createRuleSource, type RulesNow } from '../../functions/evaluate/stored-rules.ts';
import { WindowReader } from '../../functions/evaluate/window.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { TableCallFailed } from '../../functions/store/errors.ts';
import { createInventoryLedger } from '../../functions/store/inventory-ledger.ts';
import {
  createRuleVersionStore,
  type RuleVersionStore,
} from '../../functions/store/rule-versions.ts';
import { createStateStore } from '../../functions/store/state.ts';
import { sampled, storeSeries } from '../api/fixture.ts';
import { plainDelivery } from './routing.ts';
import { startTable, type TestTable } from './table.ts';

let table: TestTable;
let store: RuleVersionStore;
beforeEach(async () => {
  table = await startTable();
  store = createRuleVersionStore(table.table);
});
afterEach(() => table.close());

function rules(...alerts: string[]): string {
  const written = alerts.map((alert) => ({ alert, expr: 'host_load1 > 5' }));
  return JSON.stringify({ groups: [{ name: 'g', rules: written }] });
}

function deployed(files: Readonly<Record<string, string>>): ReadonlyMap<string, DeployedFile> {
  return new Map(
    Object.entries(files).map(([name, text]) => {
      const parsed = parseRuleFile(text, name);
      return [
        name,
        { text, groups: parsed.ok ? parsed.value : [], errors: parsed.ok ? [] : ['bad'] },
      ];
    }),
  );
}

/** As the api stores it, without its checks. */
async function save(
  name: string,
  version: number,
  text: string | undefined,
  kind: 'text' | 'deployed' | 'gone' = 'text',
  basedOn = version - 1,
): Promise<void> {
  const about = {
    kind,
    atMs: 1,
    who: 'ann',
    comment: '',
    basedOn,
    bytes: 0,
    rules: 0,
  };
  await store.add(name, { version, ...about }, text);
  const { files, revision } = await store.head();
  const entry = { name, version, kind, atMs: 1, who: 'ann' };
  const all = [...files.filter((file) => file.name !== name), entry];
  expect(await store.putHead({ files: all, revision })).toBe(true);
}

const alertsOf = ({ groups }: RulesNow) =>
  groups.flatMap((group) => group.rules.map(({ name }) => `${group.file}: ${name}`));

describe('the rules that hold', () => {
  const folder = deployed({ 'a.rules.yaml': rules('A'), 'b.rules.yaml': rules('B') });

  test('are the deployed ones, with stored files in their stead, and the same object until something changes', async () => {
    const source = createRuleSource(folder, store);
    const first = await source.refresh();
    expect(alertsOf(first)).toEqual(['a.rules.yaml: A', 'b.rules.yaml: B']);
    await save('a.rules.yaml', 1, rules('A2'));
    await save('c.rules.yaml', 1, rules('C'));
    const second = await source.refresh();
    expect(alertsOf(second)).toEqual(['a.rules.yaml: A2', 'b.rules.yaml: B', 'c.rules.yaml: C']);
    expect(await source.refresh()).toBe(second);
    await save('a.rules.yaml', 2, undefined, 'deployed');
    await save('c.rules.yaml', 2, undefined, 'gone');
    expect(alertsOf(await source.refresh())).toEqual(alertsOf(first));
  });

  test('read one small item where nothing changed', async () => {
    let reads = 0;
    const counted = {
      ...store,
      text: (...args: Parameters<typeof store.text>) => {
        reads++;
        return store.text(...args);
      },
    };
    await save('c.rules.yaml', 1, rules('C'));
    const source = createRuleSource(folder, counted);
    for (let i = 0; i < 5; i++) await source.refresh();
    expect(reads).toBe(1);
  });

  test('a stored file that is no rule file costs only itself: what held before holds', async () => {
    const source = createRuleSource(folder, store);
    await save('a.rules.yaml', 1, rules('A2'));
    await source.refresh();
    await save('a.rules.yaml', 2, 'groups: [{ nonsense: true }]');
    const now = await source.refresh();
    expect(alertsOf(now)).toEqual(['a.rules.yaml: A2', 'b.rules.yaml: B']);
    expect([now.unusable, now.errors]).toEqual([
      ['a.rules.yaml'],
      [expect.stringMatching(/version 2 can't be used/)],
    ]);
    await save('a.rules.yaml', 3, rules('A3'));
    const mended = await source.refresh();
    expect([alertsOf(mended)[0], mended.errors]).toEqual(['a.rules.yaml: A3', []]);
  });

  test('where nothing is in memory the version before holds, then the deployed file', async () => {
    await save('a.rules.yaml', 1, rules('A2'));
    await save('a.rules.yaml', 2, 'nonsense');
    expect(alertsOf(await createRuleSource(folder, store).refresh())[0]).toBe('a.rules.yaml: A2');
    await store.remove('a.rules.yaml', 1);
    const now = await createRuleSource(folder, store).refresh();
    expect([alertsOf(now)[0], now.unusable]).toEqual(['a.rules.yaml: A', ['a.rules.yaml']]);
  });

  test('a version that was saved in part never holds, and what was put back to the deployed file stays so', async () => {
    await save('a.rules.yaml', 1, rules('A1'));
    // A writer that died between the version and the head that names it.
    const orphan = {
      kind: 'text',
      atMs: 1,
      who: 'bob',
      comment: '',
      basedOn: 1,
      bytes: 0,
    } as const;
    await store.add('a.rules.yaml', { version: 2, ...orphan, rules: 1 }, rules('Orphan'));
    expect(alertsOf(await createRuleSource(folder, store).refresh())[0]).toBe('a.rules.yaml: A1');
    await save('a.rules.yaml', 3, 'nonsense', 'text', 1);
    expect(alertsOf(await createRuleSource(folder, store).refresh())[0]).toBe('a.rules.yaml: A1');
    await save('a.rules.yaml', 4, undefined, 'deployed');
    const warm = createRuleSource(folder, store);
    await warm.refresh();
    await save('a.rules.yaml', 5, 'nonsense');
    for (const source of [warm, createRuleSource(folder, store)]) {
      const now = await source.refresh();
      expect([alertsOf(now)[0], now.unusable]).toEqual(['a.rules.yaml: A', ['a.rules.yaml']]);
    }
  });

  test('a file that is deployed after one of its name was deleted here holds', async () => {
    await save('new.rules.yaml', 1, rules('Mine'));
    await save('new.rules.yaml', 2, undefined, 'gone');
    const next = deployed({ 'new.rules.yaml': rules('Deployed') });
    expect(alertsOf(await createRuleSource(next, store).refresh())).toEqual([
      'new.rules.yaml: Deployed',
    ]);
  });

  test('an edited file outlives the deployed one; one that was put back to it ends with it', async () => {
    await save('a.rules.yaml', 1, rules('A1'));
    await save('b.rules.yaml', 1, undefined, 'deployed');
    const without = deployed({ 'z.rules.yaml': rules('Z') });
    expect(alertsOf(await createRuleSource(without, store).refresh())).toEqual([
      'a.rules.yaml: A1',
      'z.rules.yaml: Z',
    ]);
  });

  test('a look that began before another and ends after it does not bring older rules back', async () => {
    await save('a.rules.yaml', 1, rules('A1'));
    let wait: Promise<unknown> = Promise.resolve();
    const slow = {
      ...store,
      text: async (...args: Parameters<typeof store.text>) => {
        const text = await store.text(...args);
        if (args[1] === 1) await wait;
        return text;
      },
    };
    const source = createRuleSource(folder, slow);
    let goOn: () => void = () => undefined;
    wait = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const first = source.refresh();
    // The first one has seen the head before the second version is there.
    await store.head();
    await expect.poll(async () => (await store.head()).revision).toBe(1);
    await save('a.rules.yaml', 2, rules('A2'));
    const second = await source.refresh();
    goOn();
    expect([alertsOf(second)[0], await first]).toEqual(['a.rules.yaml: A2', second]);
    expect(source.latest()).toBe(second);
  });

  test('of a newer release, what was deployed holds; a busy table fails the tick, or keeps what held', async () => {
    let fault: Error | undefined = new TableCallFailed('NewerItem', 'of a newer release');
    const failing = {
      ...store,
      head: async () => {
        if (fault !== undefined) throw fault;
        return store.head();
      },
    };
    await save('a.rules.yaml', 1, rules('A2'));
    const source = createRuleSource(folder, failing);
    const older = await source.refresh();
    expect([alertsOf(older)[0], older.errors]).toEqual([
      'a.rules.yaml: A',
      [expect.stringMatching(/newer release/)],
    ]);
    fault = new TableCallFailed('TimeoutError', 'no answer');
    await expect(source.refresh()).rejects.toThrow('no answer');
    fault = undefined;
    await source.refresh();
    fault = new TableCallFailed('TimeoutError', 'no answer');
    const kept = await source.refresh();
    expect([alertsOf(kept)[0], kept.errors]).toEqual([
      'a.rules.yaml: A2',
      [expect.stringMatching(/as they were last: no answer/)],
    ]);
  });
});

describe('an evaluator that runs', () => {
  const NOW_MS = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;

  async function heat(atMs: number): Promise<void> {
    const series = sampled(
      { __name__: 'host_load1', host: 'web-1' },
      [atMs - 20_000, atMs],
      () => 9,
    );
    await storeSeries(table, 'web-1', [series], atMs);
  }

  test('takes a saved rule at the next tick; an alert of a rule that stays goes on, that of one removed ends', async () => {
    const environment = {
      ...table.environment,
      RULES_DIR: 'test/api/rules',
      SNS_ENDPOINT: 'http://127.0.0.1:9',
    };
    let clockMs = NOW_MS;
    const tick = createHandler(environment, () => clockMs);
    const at = async (minutes: number) => {
      clockMs = NOW_MS + minutes * MINUTE_MS;
      await heat(clockMs);
      const { firing } = await tick(clockMs);
      return firing.flatMap(({ labels, startsAtMs }) =>
        /^(Stay|Go|New)$/.test(labels['alertname'] ?? '')
          ? [`${labels['alertname']} ${(startsAtMs - NOW_MS) / MINUTE_MS}`]
          : [],
      );
    };
    await save('mine.rules.yaml', 1, rules('Stay', 'Go'));
    expect(await at(0)).toEqual(['Stay 0', 'Go 0']);
    await save('mine.rules.yaml', 2, rules('New', 'Stay'));
    expect((await at(1)).sort()).toEqual(['New 1', 'Stay 0']);
  });
});

test('a tick never goes on with older rules from what newer ones made', async () => {
  const hot = (alert: string) => rules(alert);
  await save('mine.rules.yaml', 1, hot('Old'));
  const state = createStateStore(table.table);
  const evaluated = async (source: ReturnType<typeof createRuleSource>) => {
    const { groups } = await source.refresh();
    const window = new WindowReader(createChunkStore(table.table, 1).minute, () => 3_600_000);
    return { groups, windowMs: 10 * MINUTE_MS, window };
  };
  const told: string[] = [];
  const portsWith = (readState = state.read): EvaluatePorts => {
    const source = createRuleSource(new Map(), store);
    return {
      rules: () => evaluated(source),
      state: { ...state, read: readState },
      ...plainDelivery(async ({ status, alerts }) => {
        for (const { labels } of alerts) told.push(`${labels['alertname']} ${status}`);
        return { ok: true };
      }),
      chunks: createChunkStore(table.table, 1),
      inventory: createInventoryWriter(createInventoryLedger(table.table), 3_600_000),
      retentionMs: 3_600_000,
    };
  };
  const nowMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const load = sampled({ __name__: 'host_load1', host: 'web-1' }, [nowMs - 20_000, nowMs], () => 9);
  await storeSeries(table, 'web-1', [load], nowMs);
  await evaluate(portsWith(), nowMs, () => nowMs);
  // One tick is held up where it begins; meanwhile somebody saves, and another tick takes the new rules.
  const late = portsWith(async () => {
    await save('mine.rules.yaml', 2, hot('New'));
    await evaluate(portsWith(), nowMs + 1000, () => nowMs + 1000);
    return state.read();
  });
  await evaluate(late, nowMs + 2000, () => nowMs + 2000);
  // Held up after its read, it finds the state replaced, and does nothing.
  const overtaken = portsWith(async () => {
    const read = await state.read();
    await save('mine.rules.yaml', 3, hot('Old'));
    await evaluate(portsWith(), nowMs + 3000, () => nowMs + 3000);
    return read;
  });
  const report = await evaluate(overtaken, nowMs + 4000, () => nowMs + 4000);
  expect(report.superseded).toBe(true);
  expect(told).toEqual(['Old firing', 'Old resolved', 'New firing', 'New resolved', 'Old firing']);
});
