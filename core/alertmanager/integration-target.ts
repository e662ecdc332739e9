import type { ExplainedIntegration, TargetKind } from '../answers/explain.ts';
import type { Integration } from './config-types.ts';
import type { IntegrationSettings } from './integration-types.ts';
import { integrationName } from './tell.ts';

/** How a receiver is told, for whoever may look: without anything by which a message could be sent. */
export function explainedIntegration(integration: Integration): ExplainedIntegration {
  const name = integrationName(integration);
  return { name, ...targetOf(integration.settings), sendResolved: integration.sendResolved };
}

/** What is told, and what tells it from others of its kind: a topic's name, a channel; `''`: nothing does. */
function targetOf(settings: IntegrationSettings): { target: TargetKind; of: string } {
  switch (settings.kind) {
    case 'sns': {
      const { target } = settings;
      if ('topicArn' in target) return { target: 'topic', of: lastPart(target.topicArn) };
      // Whose number it is they know by its end.
      if ('phoneNumber' in target)
        return { target: 'phone', of: `…${target.phoneNumber.slice(-4)}` };
      return { target: 'device', of: '' };
    }
    // Paths have secrets in them.
    case 'webhook':
      return { target: 'webhook', of: hostOf(settings.url) };
    case 'slack':
      return { target: 'slack', of: settings.channel ?? '' };
    case 'msteams':
    case 'msteamsv2':
      return { target: 'msteams', of: hostOf(settings.webhookUrl) };
    case 'pagerduty':
      return { target: 'pagerduty', of: hostOf(settings.url) };
    // Whoever knows the topic can read it.
    case 'ntfy':
      return { target: 'ntfy', of: hostOf(settings.url) };
    default:
      return { target: 'other', of: '' };
  }
}

function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1);
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '';
}
