import type { IntegrationSettings } from '../alertmanager/integration-types.ts';
import type { Notification } from '../alertmanager/notification-types.ts';
import { teamsRequest } from './msteams.ts';
import { ntfyRequest } from './ntfy.ts';
import { pagerdutyRequest } from './pagerduty.ts';
import type { DeliveryContext, DeliveryRequest } from './request.ts';
import { slackRequest } from './slack.ts';
import { snsRequest } from './sns.ts';
import { webhookRequest } from './webhook.ts';

/** What an integration is sent about a notification. Limits of services are kept by shortening. */
export function deliveryRequest(
  notification: Notification,
  settings: IntegrationSettings,
  context: DeliveryContext,
): DeliveryRequest {
  switch (settings.kind) {
    case 'sns':
      return snsRequest(notification, settings, context);
    case 'webhook':
      return webhookRequest(notification, settings, context);
    case 'slack':
      return slackRequest(notification, settings, context);
    case 'msteams':
    case 'msteamsv2':
      return teamsRequest(notification, settings, context);
    case 'pagerduty':
      return pagerdutyRequest(notification, settings, context);
    case 'ntfy':
      return ntfyRequest(notification, settings, context);
  }
}
