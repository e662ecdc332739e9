import type { SNSClientConfig } from '@aws-sdk/client-sns';
import { DEFAULT_EVALUATION } from '../../core/alerting/evaluate-groups.ts';
import { FLAPPING } from '../../core/alertmanager/flapping.ts';
import { DAY_MS } from '../../core/time.ts';
import { createAlertmanagerSender, sendTimeoutMs } from '../notify/alertmanager-target.ts';
import { createDeadLetters } from '../notify/dead-letters.ts';
import { createDeliverer } from '../notify/deliver.ts';
import { createPushDelivery } from '../notify/deliver-push.ts';
import { createAcknowledgementStore } from '../store/acknowledgements.ts';
import type { ChunkStore } from '../store/chunks.ts';
import { createDeliveryStore } from '../store/deliveries.ts';
import type { Table } from '../store/dynamo.ts';
import { createInventoryLedger } from '../store/inventory-ledger.ts';
import { readPushKeys } from '../store/push-keys.ts';
import { createPushSubscriptions } from '../store/push-subscriptions.ts';
import { createSilenceStore } from '../store/silences.ts';
import { createStateStore } from '../store/state.ts';
import type { EvaluatePorts } from './evaluate.ts';
import type { EvaluatorSettings } from './evaluator-settings.ts';
import { createInventoryWriter } from './inventory-writer.ts';
import { createPushAudience } from './push-audience.ts';
import type { LoadedRouting } from './routing.ts';

function localSns(endpoint: string): SNSClientConfig {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { endpoint, region: 'local', credentials };
}

interface Given {
  readonly settings: EvaluatorSettings;
  readonly table: Table;
  readonly chunks: ChunkStore;
  readonly routing: LoadedRouting;
  readonly clock: () => number;
}

/** All that a tick needs of the world but the rules: makes clients, calls nothing yet. */
export function evaluatorPorts({
  settings,
  table,
  chunks,
  routing,
  clock,
}: Given): Omit<EvaluatePorts, 'rules'> {
  const retentionMs = settings.RAW_RETENTION_DAYS * DAY_MS;
  const keptDays = Math.max(
    settings.RAW_RETENTION_DAYS,
    settings.MINUTE_RETENTION_DAYS,
    settings.HOUR_RETENTION_DAYS,
  );
  const externalUrl = settings.EXTERNAL_URL ?? '';
  const silences = createSilenceStore(table);
  const acknowledgements = createAcknowledgementStore(table);
  const alertmanagers = settings.ALERTMANAGER_URLS ?? [];
  const browsers = createPushAudience(createPushSubscriptions(table), Date.now);
  return {
    evaluation: {
      ...DEFAULT_EVALUATION,
      externalUrl,
      clockMs: () => performance.now(),
      intervalMs: settings.TICK_MS,
      sendsAlerts: alertmanagers.length > 0,
    },
    sendAlerts: createAlertmanagerSender(alertmanagers, sendTimeoutMs(settings.TICK_MS)),
    state: createStateStore(table),
    chunks,
    inventory: createInventoryWriter(createInventoryLedger(table), keptDays * DAY_MS),
    retentionMs,
    routing: async () => {
      const nowMs = clock();
      const [silenced, acknowledged] = await Promise.all([
        silences.list(nowMs),
        acknowledgements.list(nowMs),
      ]);
      return {
        config: routing.config,
        escalations: routing.escalations,
        silences: silenced,
        acknowledgements: acknowledged,
        flapping: settings.FLAPPING_DAMPED ? FLAPPING : undefined,
        externalUrl,
      };
    },
    pushWanted: browsers.wanted,
    delivery: {
      push: createPushDelivery({
        list: browsers.list,
        remove: browsers.remove,
        keys: () => readPushKeys(table),
        externalUrl,
        localOrigin: settings.PUSH_SERVICE_ORIGIN,
        nowMs: Date.now,
      }),
      config: routing.config,
      deliver: createDeliverer({
        externalUrl,
        templates: () => routing.templates,
        nowMs: clock,
        ...(settings.SNS_ENDPOINT === undefined ? {} : { sns: localSns(settings.SNS_ENDPOINT) }),
      }),
      deadLetter: createDeadLetters(settings.DELIVERY_DLQ_URL),
      record: createDeliveryStore(table).record,
    },
  };
}
