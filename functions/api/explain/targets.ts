import type { AlertmanagerConfig } from '../../../core/alertmanager/config-types.ts';
import { explainedIntegration } from '../../../core/alertmanager/integration-target.ts';
import type { ExplainedIntegration } from '../../../core/answers/explain.ts';

/** The ways in which a receiver is told; none of one that is not configured. */
export function integrationsOf(
  { receivers }: Pick<AlertmanagerConfig, 'receivers'>,
  receiver: string,
): ExplainedIntegration[] {
  return (receivers.get(receiver)?.integrations ?? []).map(explainedIntegration);
}
