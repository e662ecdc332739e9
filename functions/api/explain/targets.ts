import type { AlertmanagerConfig, Integration } from '../../../core/alertmanager/config-types.ts';
import { integrationName } from '../../../core/alertmanager/tell.ts';
import type { ExplainedIntegration, TargetKind } from '../../../core/answers/explain.ts';

/** The ways in which a receiver is told; none of one that is not configured. */
export function integrationsOf(
  { receivers }: Pick<AlertmanagerConfig, 'receivers'>,
  receiver: string,
): ExplainedIntegration[] {
  return (receivers.get(receiver)?.integrations ?? []).map((integration) => ({
    name: integrationName(integration),
    ...targetOf(integration),
    sendResolved: integration.sendResolved,
  }));
}

/** What an integration reaches, and which of its kind, without what is secret: an address may hold a token. */
function targetOf({ settings }: Integration): { target: TargetKind; of: string } {
  switch (settings.kind) {
    case 'sns': {
      const { target } = settings;
      if ('topicArn' in target)
        return { target: 'topic', of: target.topicArn.split(':').at(-1) ?? '' };
      if ('phoneNumber' in target)
        return { target: 'phone', of: `…${target.phoneNumber.slice(-4)}` };
      return { target: 'device', of: '' };
    }
    case 'webhook':
      return { target: 'webhook', of: hostOf(settings.url) };
    case 'slack':
      return { target: 'slack', of: settings.channel ?? '' };
    case 'msteams':
    case 'msteamsv2':
      return { target: 'msteams', of: '' };
    case 'pagerduty':
      return { target: 'pagerduty', of: '' };
    case 'ntfy':
      return { target: 'ntfy', of: settings.topic };
    default:
      return { target: 'other', of: '' };
  }
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? '';
}
