import { isoTime } from '../../core/time.ts';
import { receiverLabelFilter } from './params.ts';
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
  const areWanted = receiverLabelFilter(params);
  if (!areWanted.ok) return refused(400, areWanted.error);
  const names = areWanted.value ? [...config.receivers.keys()] : [];
  return answered(names.map((name) => ({ name })));
}
