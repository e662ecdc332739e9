import type { ComponentChildren, JSX } from 'preact';
import type { AlertExplanation, ExplainedDelivery } from '../../../core/answers/explain.ts';
import { Link } from '../../app/link.tsx';
import { formatDuration } from '../../format/duration.ts';
import { formatClock, formatTime, formatUtc } from '../../format/time.ts';
import { t } from '../../i18n/language.ts';
import { Time, useNow } from '../../ui/time.tsx';
import { Tooltip } from '../../ui/tooltip.tsx';
import { titleOf } from './board-view.ts';
import { conditionWords } from './condition-text.ts';
import { matcherText } from './matchers.ts';
import { SILENCES } from './silence-messages.ts';
import { type Event, type Quiet, quietOf, storyOf } from './story.ts';
import { TARGETS, WHY } from './why-messages.ts';

/** What happened to an alert, in words and times; and why nobody hears of it, where that is so. */
export function Story({ explanation }: { readonly explanation: AlertExplanation }): JSX.Element {
  return (
    <div class="stack">
      <ol class="story">
        {storyOf(explanation).map((event) => (
          <li key={keyOf(event)} class={`story-event story-${event.kind}`}>
            <Clock ms={event.atMs} />
            <span>{textOf(event, explanation)}</span>
          </li>
        ))}
      </ol>
      {quietOf(explanation).map((quiet) => (
        <QuietBecause key={quiet} quiet={quiet} explanation={explanation} />
      ))}
      {explanation.life.isFromHistory && <p class="quiet">{t(WHY.minute)}</p>}
    </div>
  );
}

/** To the second: the order of what happened counts. */
function Clock({ ms }: { readonly ms: number }) {
  const isToday = new Date(ms).toDateString() === new Date(useNow()).toDateString();
  return (
    <Tooltip text={formatUtc(ms)}>
      <time class="story-time numeric" dateTime={new Date(ms).toISOString()}>
        {isToday ? formatClock(ms) : formatTime(ms)}
      </time>
    </Tooltip>
  );
}

function keyOf(event: Event): string {
  return event.kind === 'told' ? `told ${event.delivery.notificationId}` : event.kind;
}

function textOf(event: Event, { rule, samples }: AlertExplanation): ComponentChildren {
  switch (event.kind) {
    case 'active': {
      const words = samples.conditions.map(conditionWords);
      return t(WHY.held, words.join(', ') || (rule?.expr ?? ''));
    }
    case 'fired':
      return event.heldMs > 0 ? t(WHY.firedAfter, formatDuration(event.heldMs)) : t(WHY.fired);
    case 'told':
      return toldText(event.delivery);
    case 'repeats':
      return (
        <>
          {t(WHY.repeats, event.count)} <Time ms={event.lastMs} />
        </>
      );
    case 'noData':
      return t(WHY.noData);
    case 'keeps':
      return t(WHY.keeps);
    case 'acknowledged':
      return (
        <>
          {t(WHY.acked, event.by)} <Time ms={event.untilMs} />
        </>
      );
    case 'ended':
      return t(event.hasFired ? WHY.ended : WHY.endedUnfired);
  }
}

function toldText(delivery: ExplainedDelivery): string {
  const { receiver, result, told, escalatedFrom } = delivery;
  const by = targetText(delivery);
  const text = {
    accepted: told === 'firing' ? WHY.accepted : WHY.acceptedEnd,
    failed: WHY.failed,
    gave_up: WHY.gaveUp,
    waiting: WHY.waits,
  }[result];
  const said = t(text, receiver, by);
  return escalatedFrom === undefined ? said : `${t(WHY.escalated, escalatedFrom)} ${said}`;
}

/** `SNS topic critical`, `SMS …1234`. */
export function targetText({ target, of }: Pick<ExplainedDelivery, 'target' | 'of'>): string {
  return of === '' ? t(TARGETS[target]) : `${t(TARGETS[target])} ${of}`;
}

function QuietBecause({ quiet, explanation }: { quiet: Quiet; explanation: AlertExplanation }) {
  const { silences, inhibitions } = explanation;
  return (
    <div class="story-quiet">
      <p>{quietText(quiet, explanation)}</p>
      {quiet === 'silenced' && (
        <ul>
          {silences.map(({ id, comment, createdBy, endsAtMs, matchers }) => (
            <li key={id}>
              {comment} ({t(SILENCES.by, createdBy)}, {t(SILENCES.until)} <Time ms={endsAtMs} />){' '}
              <code>{matchers.map(matcherText).join(', ')}</code>
            </li>
          ))}
        </ul>
      )}
      {quiet === 'inhibited' && (
        <ul>
          {inhibitions.map(({ fingerprint, labels, summary, source, equal }) => (
            <li key={fingerprint}>
              <Link to="alerts" query={{ alert: fingerprint }}>
                {titleOf(labels)}
              </Link>
              {summary !== '' && ` ${summary}`}{' '}
              <span class="quiet">{t(WHY.inhibitRule, source, equal.join(', '))}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function quietText(quiet: Quiet, { rule, life, atMs }: AlertExplanation): string {
  if (quiet !== 'pending') return t(WHY[quiet]);
  const restMs = (rule?.forMs ?? 0) - (atMs - life.activeAtMs);
  return restMs > 0 ? t(WHY.pendingFor, formatDuration(restMs)) : t(WHY.pending);
}
