import { decodeState } from '../../../core/alerting/state-encoding.ts';
import type { TickState } from '../../../core/alerting/tick-state.ts';
import type { Escalation } from '../../../core/alertmanager/escalation.ts';
import type { AlertmanagerPorts } from '../../alertmanager-api/ports.ts';
import type { ApiPorts } from '../ports.ts';

/** What is needed to tell of alerts. */
export interface ExplainPorts
  extends Pick<ApiPorts, 'reader' | 'rules' | 'externalUrl' | 'tickMs' | 'nowMs' | 'timeoutMs'>,
    Pick<AlertmanagerPorts, 'config' | 'silences' | 'acknowledgements' | 'deliveries'> {
  readonly escalations: readonly Escalation[];
  /** `false`: who asks may not see metrics, so no samples are told. */
  readonly maySeeSamples: boolean;
  /** The evaluator's state as of its last tick. */
  readonly lastState: () => Promise<TickState>;
}

/** Reads the state; decodes it only if it is another than the last time: pages ask every few seconds. */
export function rememberingState(store: ApiPorts['state']): ExplainPorts['lastState'] {
  let last: { readonly revision: number; readonly state: TickState } | undefined;
  return async () => {
    const stored = await store.read();
    if (last?.revision !== stored.revision)
      last = { revision: stored.revision, state: decodeState(stored) };
    return last.state;
  };
}
