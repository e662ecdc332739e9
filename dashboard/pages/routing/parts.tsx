import type { JSX } from 'preact';
import type { RoutingAnswer, RoutingReceiver } from '../../../core/answers/routing.ts';
import { Link } from '../../app/link.tsx';
import { formatDuration } from '../../format/duration.ts';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { Card } from '../../ui/card.tsx';
import { ROUTING, TARGETS } from './messages.ts';
import { matchersText, timePartText } from './words.ts';

interface PartProps {
  readonly routing: RoutingAnswer;
}

/** Where a receiver's messages go. */
export function Deliveries({
  receiver,
}: {
  readonly receiver: Pick<RoutingReceiver, 'integrations'>;
}): JSX.Element {
  if (receiver.integrations.length === 0)
    return <span class="quiet">{t(ROUTING.deliversNothing)}</span>;
  return (
    <ul class="routing-targets">
      {receiver.integrations.map(({ name, target, of, sendResolved }) => (
        <li key={name}>
          <Badge>
            {t(TARGETS[target])}
            {of !== '' && ` ${of}`}
          </Badge>
          {!sendResolved && <span class="quiet small"> {t(ROUTING.noResolved)}</span>}
        </li>
      ))}
    </ul>
  );
}

export function Receivers({ routing }: PartProps): JSX.Element {
  return (
    <Card
      title={t(ROUTING.receivers)}
      actions={<Link to="subscriptions">{t(ROUTING.subscribe)}</Link>}
    >
      <dl class="routing-facts">
        {routing.receivers.map((receiver) => (
          <div key={receiver.name} id={`receiver-${receiver.name}`}>
            <dt>{receiver.name}</dt>
            <dd>
              <Deliveries receiver={receiver} />
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

export function Intervals({ routing }: PartProps): JSX.Element | null {
  if (routing.timeIntervals.length === 0) return null;
  return (
    <Card title={t(ROUTING.intervals)}>
      <dl class="routing-facts">
        {routing.timeIntervals.map(({ name, holdsNow, parts }) => (
          <div key={name}>
            <dt>
              {name}{' '}
              <Badge tone={holdsNow ? 'info' : 'quiet'}>
                {t(holdsNow ? ROUTING.holdsNow : ROUTING.notNow)}
              </Badge>
            </dt>
            <dd>
              <ul>
                {parts.map((part) => (
                  <li key={JSON.stringify(part)}>{timePartText(part)}</li>
                ))}
              </ul>
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

export function Inhibition({ routing }: PartProps): JSX.Element {
  const { inhibitRules } = routing;
  return (
    <Card title={t(ROUTING.inhibition)}>
      {inhibitRules.length === 0 && <p class="quiet">{t(ROUTING.inhibitNone)}</p>}
      <ol class="routing-sentences">
        {inhibitRules.map((rule, i) => (
          // Their order is all that tells them apart.
          <li key={String(i)}>
            <InhibitSentence rule={rule} />
          </li>
        ))}
      </ol>
    </Card>
  );
}

/** A rule as a sentence. */
export function InhibitSentence({
  rule,
}: {
  readonly rule: RoutingAnswer['inhibitRules'][number];
}): JSX.Element {
  return (
    <>
      {t(ROUTING.inhibits)} <code>{matchersText(rule.source)}</code> {t(ROUTING.inhibitsThen)}{' '}
      <code>{matchersText(rule.target)}</code>{' '}
      {rule.equal.length === 0
        ? t(ROUTING.inhibitsAll)
        : t(ROUTING.inhibitsSame, rule.equal.join(', '))}
    </>
  );
}

export function Escalations({ routing }: PartProps): JSX.Element {
  const { escalations } = routing;
  return (
    <Card title={t(ROUTING.escalation)}>
      {escalations.length === 0 && <p class="quiet">{t(ROUTING.escalateNone)}</p>}
      <ol class="routing-sentences">
        {escalations.map(({ matchers, from, to, afterMs }, i) => (
          <li key={String(i)}>
            {t(ROUTING.escalates, from, to, formatDuration(afterMs))}
            {matchers.length > 0 && (
              <>
                {' '}
                ({t(ROUTING.escalatesOf)} <code>{matchersText(matchers)}</code>)
              </>
            )}
          </li>
        ))}
      </ol>
    </Card>
  );
}
