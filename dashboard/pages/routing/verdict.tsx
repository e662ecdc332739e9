import type { JSX } from 'preact';
import type {
  RoutingAnswer,
  RoutingTestAnswer,
  TakenRoute,
} from '../../../core/answers/routing.ts';
import { formatDuration } from '../../format/duration.ts';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { State } from '../../ui/state.tsx';
import { Since, Time } from '../../ui/time.tsx';
import { ROUTING } from './messages.ts';
import { Deliveries, InhibitSentence } from './parts.tsx';
import { groupText } from './route-tree.tsx';
import { routeNumbers } from './tree.ts';

interface VerdictProps {
  readonly answer: RoutingTestAnswer;
  readonly routing: RoutingAnswer;
}

/** Where the alert in question would go, in words; the tree shows the way. */
export function Verdict({ answer, routing }: VerdictProps): JSX.Element {
  const { taken, firing, isTold, silences, inhibitions } = answer;
  const numbers = routeNumbers(routing.route);
  const told = taken.filter(
    ({ mutedBy, integrations }) => mutedBy.length === 0 && integrations.length > 0,
  );
  return (
    <div class="routing-verdict">
      <p class="routing-verdict-line" role="status">
        {isTold ? (
          <State
            tone="good"
            text={`${t(ROUTING.verdictTold)} ${told.map(({ receiver }) => receiver).join(', ')}`}
          />
        ) : (
          <State tone="warning" text={`${t(ROUTING.verdictNot)}: ${whyNot(answer)}`} />
        )}
      </p>
      {firing !== undefined && (
        <p class="quiet">
          {t(ROUTING.firesSince)} <Since ms={firing.sinceMs} />
        </p>
      )}
      <ol class="routing-verdict-routes">
        {taken.map((route) => (
          <li key={route.id}>
            <Taken route={route} number={numbers.get(route.id) ?? ''} />
          </li>
        ))}
      </ol>
      {silences.length > 0 && (
        <>
          <h3>{t(ROUTING.silences)}</h3>
          <ul class="routing-sentences">
            {silences.map(({ id, matchers, createdBy, comment, endsAtMs }) => (
              <li key={id}>
                <code>{matchers.join(', ')}</code> {comment}{' '}
                <span class="quiet">
                  {t(ROUTING.silenceBy, createdBy)} <Time ms={endsAtMs} />
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      {inhibitions.length > 0 && (
        <>
          <h3>{t(ROUTING.couldMute)}</h3>
          <ul class="routing-sentences">
            {inhibitions.map(({ rule, by }) => {
              const sentence = routing.inhibitRules[rule];
              return (
                <li key={rule}>
                  {sentence !== undefined && <InhibitSentence rule={sentence} />}{' '}
                  {by === undefined ? (
                    <span class="quiet">({t(ROUTING.mutesNotNow)})</span>
                  ) : (
                    <Badge tone="warning">
                      {t(ROUTING.mutesNow)} {labelText(by.labels)}
                    </Badge>
                  )}
                </li>
              );
            })}
          </ul>
        </>
      )}
    </div>
  );
}

function Taken({
  route,
  number,
}: {
  readonly route: TakenRoute;
  readonly number: string;
}): JSX.Element {
  const { receiver, groupLabels, groupBy, mutedBy, group, escalations } = route;
  const waits = [
    route.groupWaitMs === 0
      ? t(ROUTING.atOnce)
      : t(ROUTING.wait, formatDuration(route.groupWaitMs)),
    t(ROUTING.interval, formatDuration(route.groupIntervalMs)),
    t(ROUTING.repeat, formatDuration(route.repeatIntervalMs)),
  ];
  return (
    <div class="routing-verdict-route">
      <p>
        <a href={`#route-${number}`} onClick={(event) => reveal(event, number)}>
          {t(ROUTING.route, number)}
        </a>{' '}
        → <strong>{receiver}</strong>
        {mutedBy.length > 0 && (
          <>
            {' '}
            <Badge tone="warning">
              {t(ROUTING.mutedNow)}: {mutedBy.join(', ')}
            </Badge>
          </>
        )}
      </p>
      <Deliveries receiver={route} />
      <p class="quiet small">
        {groupText(groupBy)} · {waits.join(' · ')}
      </p>
      {groupBy !== 'all' && (
        <p class="small">
          {t(ROUTING.group)} <code>{labelText(groupLabels)}</code>
          {group !== undefined && (
            <>
              {' '}
              {t(ROUTING.groupRunning, group.alerts)} <Time ms={group.nextFlushMs} relative />
            </>
          )}
        </p>
      )}
      {escalations.length > 0 && (
        <p class="small">
          {t(ROUTING.next)}{' '}
          {escalations
            .map(({ to, afterMs }) => t(ROUTING.nextAfter, to, formatDuration(afterMs)))
            .join(', ')}
        </p>
      )}
    </div>
  );
}

/** To the place in the tree, without a change of the address. */
function reveal(event: MouseEvent, number: string): void {
  event.preventDefault();
  document.getElementById(`route-${number}`)?.scrollIntoView({ block: 'center' });
}

function whyNot({ silences, inhibitions, taken }: RoutingTestAnswer): string {
  const reasons = [
    silences.length > 0 && t(ROUTING.verdictSilenced),
    inhibitions.some(({ by }) => by !== undefined) && t(ROUTING.verdictInhibited),
    taken.some(({ mutedBy }) => mutedBy.length > 0) && t(ROUTING.verdictMuted),
    taken.every(({ integrations }) => integrations.length === 0) && t(ROUTING.verdictNoReceiver),
  ];
  return reasons.filter((reason) => reason !== false).join(', ');
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return `{${pairs.join(', ')}}`;
}
