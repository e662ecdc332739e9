import type { NotifySettings } from '../../core/alerting/notify.ts';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { countSamples } from '../../core/chunk/merge.ts';
import { MINUTE_MS, minuteOf } from '../../core/host-minute.ts';
import { parseRuleFile, type RuleGroup } from '../../core/rules/rule-file.ts';
import {
  type EvaluatePorts,
  type EvaluateReport,
  evaluate,
} from '../../functions/evaluate/evaluate.ts';
import { createInventoryWriter } from '../../functions/evaluate/inventory-writer.ts';
import { WindowReader } from '../../functions/evaluate/window.ts';
import type { Deliver } from '../../functions/notify/deliver.ts';
import { createAcknowledgementStore } from '../../functions/store/acknowledgements.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { createDeliveryStore } from '../../functions/store/deliveries.ts';
import type { Table } from '../../functions/store/dynamo.ts';
import { createInventoryLedger } from '../../functions/store/inventory-ledger.ts';
import { createSilenceStore } from '../../functions/store/silences.ts';
import { createStateStore } from '../../functions/store/state.ts';
import { sampled } from '../api/fixture.ts';
import { PLAIN_ROUTING, plainDelivery } from '../functions/routing.ts';

/** The beginning of a watch: a whole minute. */
const START_MS = Date.UTC(2026, 4, 4, 8, 0, 0);
const DAY_MS = 86_400_000;

/** Minute by minute: `web` gets hot and cools down, `db` goes silent and comes back, `mail` is well. */
const HOT_MINUTES = [3, 8] as const;
const SILENT_MINUTES = [4, 11] as const;
export const LAST_MINUTE = 18;

const RULES = `groups:
  - name: g
    rules:
      - { alert: Hot, expr: host_load1 > 5, for: 1m, labels: { severity: critical } }
      - { alert: HostDown, expr: up == 0, for: 1m, labels: { severity: critical } }
`;

function rules(): RuleGroup[] {
  const parsed = parseRuleFile(RULES, 'test.rules.yaml');
  if (!parsed.ok) throw new Error(parsed.error.map(({ message }) => message).join());
  return parsed.value;
}

/** Stores what the hosts sent in a minute of the watch. */
export async function hostsSend(table: Table, minute: number): Promise<void> {
  const chunks = createChunkStore(table, 1);
  const isWithin = ([from, to]: readonly [number, number]) => minute >= from && minute < to;
  for (const host of ['web', 'db', 'mail']) {
    if (host === 'db' && isWithin(SILENT_MINUTES)) continue;
    const load = host === 'web' && isWithin(HOT_MINUTES) ? 9 : 1;
    const startMs = START_MS + minute * MINUTE_MS;
    const byMinute = Map.groupBy(
      Array.from({ length: 6 }, (_, i) => startMs + i * 10_000),
      (atMs) => minuteOf(host, atMs),
    );
    for (const [ofMinute, times] of byMinute) {
      const [fromMs = 0, toMs = fromMs] = [times[0], times.at(-1)];
      const series = [sampled({ __name__: 'host_load1', host }, [fromMs, toMs], () => load)];
      const before = await chunks.get(host, ofMinute);
      // An agent sends the rest of a minute with its beginning.
      const known = before === undefined ? [] : [before.firstMs];
      const firstMs = known[0] ?? fromMs;
      const whole = [sampled({ __name__: 'host_load1', host }, [firstMs, toMs], () => load)];
      const sent = known.length === 0 ? series : whole;
      const chunk = { writer: host, minute: ofMinute, bytes: encodeChunk(sent), firstMs };
      await chunks.put({ ...chunk, sampleCount: countSamples(sent) }, 'shorter', startMs + DAY_MS);
    }
  }
}

/** An evaluator over the table; `told` gets a line for each alert that somebody is told of. */
export function evaluatorOf(table: Table, told: string[]): EvaluatePorts {
  const deliver: Deliver = async ({ status, alerts }) => {
    for (const { labels } of alerts)
      told.push(`${labels['alertname']} ${labels['host']} ${status}`);
    return { ok: true };
  };
  const silences = createSilenceStore(table);
  const acknowledgements = createAcknowledgementStore(table);
  const { delivery } = plainDelivery(deliver);
  const window = new WindowReader(createChunkStore(table, 1).minute, () => 10 * MINUTE_MS);
  const evaluated = { groups: rules(), windowMs: 7 * MINUTE_MS, window };
  return {
    rules: async () => evaluated,
    state: createStateStore(table),
    routing: async (): Promise<NotifySettings> => ({
      ...PLAIN_ROUTING,
      silences: await silences.list(START_MS),
      acknowledgements: await acknowledgements.list(START_MS),
    }),
    delivery: { ...delivery, record: createDeliveryStore(table).record },
    chunks: createChunkStore(table, 1),
    inventory: createInventoryWriter(createInventoryLedger(table), DAY_MS),
    retentionMs: DAY_MS,
  };
}

/** The tick at the end of a minute of the watch. */
export function tick(ports: EvaluatePorts, minute: number): Promise<EvaluateReport> {
  const atMs = START_MS + (minute + 1) * MINUTE_MS;
  return evaluate(ports, atMs, () => atMs);
}
