import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULT_EVALUATION } from '../../core/alerting/evaluate-groups.ts';
import type { PostableAlert } from '../../core/alerting/resend.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { parseRuleFile } from '../../core/rules/rule-file.ts';
import { type EvaluatePorts, evaluate } from '../../functions/evaluate/evaluate.ts';
import { createInventoryWriter } from '../../functions/evaluate/inventory-writer.ts';
import { WindowReader } from '../../functions/evaluate/window.ts';
import type { SendAlerts } from '../../functions/notify/alertmanager-target.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { createInventoryLedger } from '../../functions/store/inventory-ledger.ts';
import { createStateStore } from '../../functions/store/state.ts';
import { NOW_MS } from '../api/fixture.ts';
import { plainDelivery } from './routing.ts';
import { startTable, type TestTable } from './table.ts';

const HOUR_MS = 60 * MINUTE_MS;
const RULES = 'groups: [{ name: g, rules: [{ alert: Always, expr: vector(1) }] }]';

let store: TestTable;
beforeEach(async () => {
  store = await startTable();
});
afterEach(() => store.close());

/** A cold evaluator: what it knows of before, it has from the table. */
function cold(sendAlerts: SendAlerts): EvaluatePorts {
  const chunks = createChunkStore(store.table, 1);
  const groups = parseRuleFile(RULES, 'test.rules.yaml');
  if (!groups.ok) throw new Error(groups.error.map(({ message }) => message).join());
  return {
    rules: async () => ({
      groups: groups.value,
      windowMs: 10 * MINUTE_MS,
      window: new WindowReader(chunks.minute, () => HOUR_MS),
    }),
    state: createStateStore(store.table),
    ...plainDelivery(async () => ({ ok: true })),
    chunks,
    inventory: createInventoryWriter(createInventoryLedger(store.table), HOUR_MS),
    retentionMs: HOUR_MS,
    evaluation: { ...DEFAULT_EVALUATION, sendsAlerts: true },
    sendAlerts,
  };
}

/** What was sent, alert by alert. */
function recorder(): { sent: PostableAlert[]; send: SendAlerts } {
  const sent: PostableAlert[] = [];
  return {
    sent,
    send: async (alerts) => {
      sent.push(...alerts);
      return [];
    },
  };
}

const tickAt = (ports: EvaluatePorts, minute: number) => {
  const atMs = NOW_MS + minute * MINUTE_MS;
  return evaluate(ports, atMs, () => atMs);
};

test('an evaluator knows what one before it has sent', async () => {
  const { sent, send } = recorder();
  for (const minute of [0, 1, 2, 3]) await tickAt(cold(send), minute);
  expect(sent.map(({ endsAtMs }) => endsAtMs)).toEqual([
    NOW_MS + 4 * MINUTE_MS,
    NOW_MS + 6 * MINUTE_MS,
  ]);
});

test('of two ticks at once, or one that is tried again, one sends', async () => {
  const { sent, send } = recorder();
  await Promise.all([tickAt(cold(send), 0), tickAt(cold(send), 0)]);
  await tickAt(cold(send), 0);
  expect(sent).toHaveLength(1);
});

test('an Alertmanager that fails is named, and costs the tick nothing else', async () => {
  const report = await tickAt(
    cold(async (alerts) => [`not told of ${alerts.length}`]),
    0,
  );
  expect(report.errors).toEqual(['not told of 1']);
  expect(report.firing).toHaveLength(1);
});

test('an Alertmanager that takes its time holds no message to people up', async () => {
  const told: string[] = [];
  let answer = () => {};
  const slow = new Promise<string[]>((resolve) => {
    answer = () => resolve([]);
  });
  const published = plainDelivery(async () => {
    told.push('people');
    answer();
    return { ok: true };
  });
  // Did the delivery wait for it, this would never end.
  await tickAt({ ...cold(() => slow), ...published }, 0);
  expect(told).toEqual(['people']);
});
