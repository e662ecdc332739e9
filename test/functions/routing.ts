import type { NotifySettings } from '../../core/alerting/notify.ts';
import type { DeliveryPorts } from '../../functions/evaluate/deliveries.ts';
import type { Deliver } from '../../functions/notify/deliver.ts';
import { config } from '../alertmanager/timeline.ts';

const NOTHING = async (): Promise<void> => {};

/** Everything to one receiver, at once. */
export const PLAIN_ROUTING: NotifySettings = {
  config: config({ groupIntervalMs: 0 }),
  escalations: [],
  silences: [],
  acknowledgements: [],
  flapping: undefined,
  externalUrl: '',
};

/** Ports of an evaluator that tells one receiver. */
export function plainDelivery(deliver: Deliver): {
  routing: () => Promise<NotifySettings>;
  delivery: DeliveryPorts;
} {
  return {
    routing: async () => PLAIN_ROUTING,
    delivery: { config: PLAIN_ROUTING.config, deliver, deadLetter: NOTHING, record: NOTHING },
  };
}
