import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Notification } from '../../core/alertmanager/notification-types.ts';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { MINUTE_MS, minuteOf } from '../../core/host-minute.ts';
import { parseRuleFile, type RuleGroup } from '../../core/rules/rule-file.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import {
  type EvaluatedRules,
  type EvaluatePorts,
  evaluate as evaluateAt,
} from '../../functions/evaluate/evaluate.ts';
import { createInventoryWriter } from '../../functions/evaluate/inventory-writer.ts';
import { WindowReader } from '../../functions/evaluate/window.ts';
import type { Deliver } from '../../functions/notify/deliver.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { createInventoryLedger } from '../../functions/store/inventory-ledger.ts';
import { createStateStore, type StateStore } from '../../functions/store/state.ts';
import { config } from '../alertmanager/timeline.ts';
import { PLAIN_ROUTING, plainDelivery } from './routing.ts';
import { startTable, type TestTable } from './table.ts';

const NOW_MS = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;

let store: TestTable;
beforeEach(async () => {
  store = await startTable();
});
afterEach(() => store.close());

function rules(yaml: string): RuleGroup[] {
  const parsed = parseRuleFile(yaml, 'test.rules.yaml');
  if (!parsed.ok) throw new Error(parsed.error.map(({ message }) => message).join());
  return parsed.value;
}

const HOT = rules(
  'groups: [{ name: g, rules: [{ alert: Hot, expr: host_load1 > 5, labels: { severity: critical } }] }]',
);

/** Stores one sample of a host, as an agent's batch would. */
async function storeSample(host: string, atMs: number, value: number): Promise<void> {
  const series = [
    {
      labels: labelsFrom({ __name__: 'host_load1', host }),
      timestamps: Float64Array.of(atMs),
      values: Float64Array.of(value),
    },
  ];
  const chunk = {
    writer: host,
    minute: minuteOf(host, atMs),
    bytes: encodeChunk(series),
    firstMs: atMs,
    sampleCount: 1,
  };
  if (!(await createChunkStore(store.table, 1).put(chunk, 'shorter', NOW_MS + HOUR_MS)))
    throw new Error('not stored');
}

function rulesWith(window: EvaluatedRules['window'], groups = HOT): EvaluatePorts['rules'] {
  return async () => ({ groups, windowMs: 10 * MINUTE_MS, window });
}

/** An evaluator as a cold function would have it: nothing in memory from before. */
function coldPorts(
  deliver: Deliver,
  state: StateStore = createStateStore(store.table),
): EvaluatePorts {
  return {
    rules: rulesWith(new WindowReader(createChunkStore(store.table, 1).minute, () => HOUR_MS)),
    state,
    ...plainDelivery(deliver),
    chunks: createChunkStore(store.table, 1),
    inventory: createInventoryWriter(createInventoryLedger(store.table), HOUR_MS),
    retentionMs: HOUR_MS,
  };
}

function recorder(): { sent: string[]; deliver: Deliver } {
  const sent: string[] = [];
  return {
    sent,
    deliver: async ({ status, alerts }: Notification) => {
      sent.push(`${status} ${alerts.map(({ labels }) => labels['host']).join()}`);
      return { ok: true };
    },
  };
}

/** A tick that runs just when it is due. */
function evaluate(ports: EvaluatePorts, atMs: number) {
  return evaluateAt(ports, atMs, () => atMs);
}

describe('a tick against the table', () => {
  test('finds what hosts of any phase sent, and tells it once', async () => {
    const { sent, deliver } = recorder();
    for (const host of ['a', 'b', 'c', 'd', 'e']) await storeSample(host, NOW_MS - 30_000, 9);
    await evaluate(coldPorts(deliver), NOW_MS);
    await evaluate(coldPorts(deliver), NOW_MS + MINUTE_MS);
    expect(sent).toEqual(['firing a,b,c,d,e']);
  });

  test('run twice at once tells once', async () => {
    const { sent, deliver } = recorder();
    await storeSample('a', NOW_MS - 30_000, 9);
    const reports = await Promise.all([1, 2, 3, 4].map(() => evaluate(coldPorts(deliver), NOW_MS)));
    expect(sent).toEqual(['firing a']);
    expect(reports.filter(({ superseded }) => !superseded).length).toBeGreaterThanOrEqual(1);
  });

  test('that overtakes another while it publishes neither repeats it nor loses the end', async () => {
    const { sent, deliver } = recorder();
    await storeSample('a', NOW_MS - 30_000, 9);
    const slow: Deliver = async (notification, integration) => {
      await evaluate(coldPorts(deliver), NOW_MS + 1000);
      return deliver(notification, integration);
    };
    await evaluate(coldPorts(slow), NOW_MS);
    await storeSample('a', NOW_MS + MINUTE_MS, 1);
    await evaluate(coldPorts(deliver), NOW_MS + 2 * MINUTE_MS);
    expect(sent).toEqual(['firing a', 'resolved a']);
  });

  test('whose publish failed leaves the message to the next, in order', async () => {
    const { sent, deliver } = recorder();
    const broken: Deliver = async () => ({ ok: false, retry: true, reason: 'SNS is away' });
    await storeSample('a', NOW_MS - 30_000, 9);
    const report = await evaluate(coldPorts(broken), NOW_MS);
    expect(report.errors).toEqual([expect.stringContaining('SNS is away')]);
    await storeSample('a', NOW_MS + MINUTE_MS, 1);
    await evaluate(coldPorts(broken), NOW_MS + 2 * MINUTE_MS);
    // After an outage a group's messages go one a tick, the oldest first.
    await evaluate(coldPorts(deliver), NOW_MS + 3 * MINUTE_MS);
    await evaluate(coldPorts(deliver), NOW_MS + 4 * MINUTE_MS);
    expect(sent).toEqual(['firing a', 'resolved a']);
  });

  test('delivered again, or late, when another has been since does nothing', async () => {
    const { sent, deliver } = recorder();
    await storeSample('a', NOW_MS - 30_000, 9);
    await evaluate(coldPorts(deliver), NOW_MS);
    const { revision } = await createStateStore(store.table).read();
    expect(await evaluateAt(coldPorts(deliver), NOW_MS, () => NOW_MS + 5000)).toMatchObject({
      superseded: true,
    });
    expect((await createStateStore(store.table).read()).revision).toBe(revision);
    expect(sent).toEqual(['firing a']);
  });

  test('for an urgent batch does nothing where another began after that was stored', async () => {
    const { sent, deliver } = recorder();
    await storeSample('a', NOW_MS - 30_000, 9);
    const urgent = (atMs: number, storedMs: number) =>
      evaluateAt(coldPorts(deliver), atMs, () => atMs, storedMs);
    expect(await urgent(NOW_MS, NOW_MS - 50)).toMatchObject({ superseded: false });
    expect(await urgent(NOW_MS + 1000, NOW_MS - 50)).toMatchObject({ superseded: true });
    expect(await urgent(NOW_MS + 2000, NOW_MS + 1500)).toMatchObject({ superseded: false });
    // The schedule goes on beside them.
    expect(await evaluate(coldPorts(deliver), NOW_MS + MINUTE_MS)).toMatchObject({
      superseded: false,
    });
    expect(sent).toEqual(['firing a']);
  });

  test('says when what it had to leave may be told: a second crash waits for seconds, not for the schedule', async () => {
    const { sent, deliver } = recorder();
    const notify = { ...PLAIN_ROUTING, config: config({ groupIntervalMs: 10_000 }) };
    const at = (atMs: number) =>
      evaluateAt({ ...coldPorts(deliver), routing: async () => notify }, atMs, () => atMs);
    await storeSample('a', NOW_MS - 30_000, 9);
    expect(await at(NOW_MS)).toMatchObject({ nextFlushMs: undefined });
    await storeSample('b', NOW_MS + 3000, 9);
    expect(await at(NOW_MS + 4000)).toMatchObject({ nextFlushMs: NOW_MS + 10_000 });
    expect(sent).toEqual(['firing a']);
    expect(await at(NOW_MS + 10_000)).toMatchObject({ nextFlushMs: undefined });
    expect(sent).toHaveLength(2);
    expect(sent[1]).toContain('b');
  });

  test('after the clock was set back goes on, instead of waiting until it is that time again', async () => {
    const { sent, deliver } = recorder();
    await storeSample('a', NOW_MS - 30_000, 9);
    await evaluate(coldPorts(deliver), NOW_MS + 50 * MINUTE_MS);
    await evaluate(coldPorts(deliver), NOW_MS);
    await storeSample('a', NOW_MS + MINUTE_MS, 1);
    await evaluate(coldPorts(deliver), NOW_MS + 2 * MINUTE_MS);
    expect(sent).toEqual(['firing a', 'resolved a']);
  });

  test('killed after its write and before it published loses nothing', async () => {
    const { sent, deliver } = recorder();
    await storeSample('a', NOW_MS - 30_000, 9);
    const killed: Deliver = () => new Promise(() => undefined);
    void evaluate(coldPorts(killed), NOW_MS);
    const state = createStateStore(store.table);
    await expect.poll(async () => (await state.read()).revision).toBe(1);
    // While the claim stands another tick leaves it alone; after it, it takes over.
    await evaluate(coldPorts(deliver), NOW_MS + 30_000);
    expect(sent).toEqual([]);
    await evaluate(coldPorts(deliver), NOW_MS + 2 * MINUTE_MS);
    expect(sent).toEqual(['firing a']);
  });

  test('that can not read a minute throws rather than judge by half of the truth', async () => {
    const { deliver } = recorder();
    const ports = {
      ...coldPorts(deliver),
      rules: rulesWith(
        new WindowReader(
          () => Promise.reject(new Error('throttled')),
          () => HOUR_MS,
        ),
      ),
    };
    await expect(evaluate(ports, NOW_MS)).rejects.toThrow('throttled');
    expect((await createStateStore(store.table).read()).revision).toBe(0);
  });

  test('names a chunk that can not be read and goes on with the others', async () => {
    const { sent, deliver } = recorder();
    await storeSample('a', NOW_MS - 30_000, 9);
    await createChunkStore(store.table, 1).put(
      {
        writer: 'b',
        minute: minuteOf('b', NOW_MS),
        bytes: new Uint8Array(20),
        firstMs: NOW_MS,
        sampleCount: 1,
      },
      'shorter',
      NOW_MS + HOUR_MS,
    );
    const report = await evaluate(coldPorts(deliver), NOW_MS);
    expect(report.errors).toEqual([
      expect.stringMatching(/^chunk of b, minute \d+: the checksum does not match/),
    ]);
    expect(sent).toEqual(['firing a']);
  });

  test('leaves out what has expired, though the table may still hold it', async () => {
    const chunks = createChunkStore(store.table, 1);
    await storeSample('a', NOW_MS - 30_000, 9);
    const minute = minuteOf('a', NOW_MS - 30_000);
    expect(await chunks.minute(minute, NOW_MS)).toHaveLength(1);
    expect(await chunks.minute(minute, NOW_MS + 2 * HOUR_MS)).toEqual([]);
  });
});

describe('a warm evaluator', () => {
  test('reads again only minutes that may still grow', async () => {
    const asked: number[] = [];
    const reader = new WindowReader(
      async (minute) => {
        asked.push(minute);
        return [];
      },
      () => HOUR_MS,
    );
    await reader.load(NOW_MS - 30 * MINUTE_MS, NOW_MS);
    const cold = asked.splice(0).length;
    await reader.load(NOW_MS - 29 * MINUTE_MS, NOW_MS + MINUTE_MS);
    expect([cold, asked.length]).toEqual([32, 6]);
  });

  test('sees a late batch of a minute it has read', async () => {
    const reader = new WindowReader(createChunkStore(store.table, 1).minute, () => HOUR_MS);
    await reader.load(NOW_MS - 10 * MINUTE_MS, NOW_MS);
    await storeSample('late', NOW_MS - 2 * MINUTE_MS, 3);
    const { series } = await reader.load(NOW_MS - 9 * MINUTE_MS, NOW_MS + MINUTE_MS);
    expect(series.map(({ values }) => [...values])).toEqual([[3]]);
  });
});
