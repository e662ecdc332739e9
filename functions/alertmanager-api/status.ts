import { isoTime } from '../../core/time.ts';
import { receiverLabelFilter, receiverLabels } from './params.ts';
import type { AlertmanagerPorts } from './ports.ts';
import { publicConfig } from './public-config.ts';
import { type Answer, answered, refused } from './reply.ts';

/** The Alertmanager whose API this is: clients choose what they ask by it. */
const ALERTMANAGER_VERSION = '0.34.1';

/** `GET /api/v2/status`. There is no cluster: the state is in the table. */
export function status({ config, startedAtMs, version }: AlertmanagerPorts): Answer {
  return answered({
    cluster: { peers: [], status: 'disabled' },
    config: { original: publicConfig(config.original) },
    uptime: isoTime(startedAtMs),
    versionInfo: {
      branch: '',
      buildDate: '',
      buildUser: '',
      goVersion: '',
      revision: `hypervigil-${version}`,
      version: ALERTMANAGER_VERSION,
    },
  });
}

/** `GET /api/v2/receivers`. */
export function listReceivers(params: URLSearchParams, { config }: AlertmanagerPorts): Answer {
  const isWanted = receiverLabelFilter(params);
  if (!isWanted.ok) return refused(400, isWanted.error);
  const names = [...config.receivers.keys()].filter(isWanted.value);
  return answered(names.map((name) => ({ labels: receiverLabels(name), name })));
}
