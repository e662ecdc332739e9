import { countedAlerts } from '../../core/alerting/notify.ts';
import { decodeState } from '../../core/alerting/state-encoding.ts';
import type { TickState } from '../../core/alerting/tick-state.ts';
import { createMutes } from '../../core/alertmanager/mutes.ts';
import { groupLabelsOf } from '../../core/alertmanager/regroup.ts';
import { matchRoutes } from '../../core/alertmanager/route.ts';
import {
  type Acknowledgement,
  isAcknowledged,
  type Silence,
} from '../../core/alertmanager/silence.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import type { AlertmanagerPorts, AlertView } from '../alertmanager-api/ports.ts';
import type { ApiPorts } from './ports.ts';

/** A firing alert counts as over when no tick has seen it for so long. As Prometheus tells Alertmanager. */
const VALID_FOR_MS = 4 * MINUTE_MS;

/**
 * What fires as of the last tick, with the silences, acknowledgements and time intervals of now: so an
 * alert silenced a second ago shows it.
 */
export async function alertViews(
  { state, rules, externalUrl }: Pick<ApiPorts, 'state' | 'rules' | 'externalUrl'>,
  ports: Pick<AlertmanagerPorts, 'config' | 'silences' | 'acknowledgements' | 'nowMs'>,
): Promise<readonly AlertView[]> {
  const nowMs = ports.nowMs();
  const [stored, silences, acknowledgements] = await Promise.all([
    state.read(),
    ports.silences.list(nowMs),
    ports.acknowledgements.list(nowMs),
  ]);
  const quiet = { silences, acknowledgements };
  return viewAlerts(decodeState(stored), quiet, { rules, externalUrl, ...ports }, nowMs);
}

/** Why some alerts are not told: as people have said. */
export interface Quiet {
  readonly silences: readonly Silence[];
  readonly acknowledgements: readonly Acknowledgement[];
}

/** What fires as of a tick, with what people said of it, at `nowMs`. */
export function viewAlerts(
  last: TickState,
  { silences, acknowledgements }: Quiet,
  ports: Pick<ApiPorts, 'rules' | 'externalUrl'> & Pick<AlertmanagerPorts, 'config'>,
  nowMs: number,
): readonly AlertView[] {
  const { rules, externalUrl } = ports;
  const firing = [...countedAlerts(rules.groups, last, externalUrl).values()];
  const mutes = createMutes(ports.config, silences, firing, nowMs);
  return firing.map((alert): AlertView => {
    const { fingerprint, labels, annotations, startsAtMs, generatorUrl } = alert;
    const { silencedBy, inhibitedBy } = mutes.of(alert);
    const routes = matchRoutes(ports.config.route, labels);
    const mutedBy = routes.map((route) => mutes.ofRoute(route) ?? []);
    const isMuted = mutedBy.every((names) => names.length > 0);
    const suppressed = silencedBy.length > 0 || inhibitedBy.length > 0 || isMuted;
    const acknowledgement = acknowledgements.find((one) => isAcknowledged([one], alert, nowMs));
    return {
      labels,
      annotations,
      fingerprint,
      startsAtMs,
      updatedAtMs: last.lastTickMs,
      endsAtMs: last.lastTickMs + VALID_FOR_MS,
      generatorUrl,
      state: suppressed ? 'suppressed' : 'active',
      silencedBy,
      inhibitedBy,
      mutedBy: isMuted ? [...new Set(mutedBy.flat())] : [],
      receivers: routes.map(({ receiver }) => receiver),
      groups: routes.map((route, i) => ({
        receiver: route.receiver,
        groupLabels: groupLabelsOf(route, labels),
        routeId: route.id,
        mutedBy: mutedBy[i] ?? [],
      })),
      ...(alert.noDataSinceMs === undefined ? {} : { noDataSinceMs: alert.noDataSinceMs }),
      ...(alert.flapping === undefined ? {} : { flapping: alert.flapping }),
      ...(acknowledgement === undefined ? {} : { acknowledgement }),
    };
  });
}
