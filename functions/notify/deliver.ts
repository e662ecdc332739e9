import { createHash } from 'node:crypto';
import type { SNSClientConfig } from '@aws-sdk/client-sns';
import type { Integration } from '../../core/alertmanager/config-types.ts';
import type { Notification } from '../../core/alertmanager/notification-types.ts';
import { deliveryRequest } from '../../core/delivery/delivery-request.ts';
import type { Templates } from '../../core/delivery/template.ts';
import { deliverHttp } from './deliver-http.ts';
import { createSnsDelivery } from './deliver-sns.ts';
import type { DeliveryResult } from './delivery-result.ts';
import { createPace, type PaceClock, systemPaceClock } from './pace.ts';

export interface DelivererOptions {
  /** Where people and amtool reach this Hypervigil; `''` when nobody said. */
  readonly externalUrl: string;
  /** Those of the configuration in force; asked for each message. */
  readonly templates: () => Templates;
  readonly nowMs: () => number;
  /** The SNS client's settings where the configuration has none: a local SNS, say. */
  readonly sns?: SNSClientConfig;
  /** Lets messages go to link-local and cloud metadata addresses. */
  readonly allowLinkLocal?: boolean;
  /** Only for tests. */
  readonly paceClock?: PaceClock;
}

/** Tells one integration about a notification; never rejects. */
export type Deliver = (
  notification: Notification,
  integration: Integration,
  signal?: AbortSignal,
) => Promise<DeliveryResult>;

/** SNS takes ten emails a second for a subscription and switches it off above; one is for people. */
const PUBLISH_EVERY_MS = 1000;
/** A tick has 55 s for all it does. */
const PACE_MAX_WAIT_MS = 20_000;

/** Makes the one who sends. It remembers when it sent to whom, so there should be only one. */
export function createDeliverer(options: DelivererOptions): Deliver {
  const { externalUrl, templates, nowMs, allowLinkLocal = false } = options;
  const clock = options.paceClock ?? systemPaceClock;
  const pace = createPace(PUBLISH_EVERY_MS, PACE_MAX_WAIT_MS, clock);
  const publish = createSnsDelivery(options.sns ?? {}, pace, allowLinkLocal);
  return async (notification, { settings }, signal) => {
    const now = nowMs();
    const context = { externalUrl, templates: templates(), nowMs: now, sha256Hex };
    const request = deliveryRequest(notification, settings, context);
    if (request.kind === 'sns') return publish(request, signal);
    return deliverHttp(request, now, allowLinkLocal, signal);
  };
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
