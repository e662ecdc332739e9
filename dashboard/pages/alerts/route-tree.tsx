import type { AlertExplanation, ExplainedGroup, RouteStep } from '../../../core/answers/explain.ts';
import { formatDuration } from '../../format/duration.ts';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { targetText } from './story.tsx';
import { TopicLine } from './topic-line.tsx';
import { WHY } from './why-messages.ts';

/** Deeper ones are drawn at this depth. */
const MOST_DEPTH = 6;

/** The way of an alert through the routing tree: each route that was looked at, and who is told where it ends. */
export function RouteTree({ explanation }: { readonly explanation: AlertExplanation }) {
  const { routes, groups } = explanation;
  return (
    <ol class="routes">
      {routes.map((step) => (
        <Step
          key={step.id}
          step={step}
          group={step.takes ? groups.find(({ routeId }) => routeId === step.id) : undefined}
        />
      ))}
    </ol>
  );
}

function Step({ step, group }: { step: RouteStep; group: ExplainedGroup | undefined }) {
  const { depth, matchers, fits, takes, mutedBy } = step;
  const classes = ['route', `route-depth-${Math.min(depth, MOST_DEPTH)}`, fits ? 'route-fits' : ''];
  return (
    <li class={classes.join(' ').trim()}>
      <div class="route-head">
        <span class="route-mark" aria-hidden="true">
          {fits ? '✓' : '✗'}
        </span>
        {matchers.length === 0 ? t(WHY.root) : <code>{matchers.join(', ')}</code>}
        <span class={fits ? '' : 'quiet'}>
          {t(takes ? WHY.takes : fits ? WHY.fits : WHY.fitsNot)}
          {fits && step.continue && ` ${t(WHY.goesOn)}`}
        </span>
        {mutedBy.length > 0 && fits && (
          <Badge tone="warning">{t(WHY.mutedNow, mutedBy.join(', '))}</Badge>
        )}
      </div>
      {takes && <Taken step={step} group={group} />}
    </li>
  );
}

function Taken({ step, group }: { step: RouteStep; group: ExplainedGroup | undefined }) {
  const ways = group?.integrations.map(targetText) ?? [];
  return (
    <div class="route-taken">
      <p>
        {t(WHY.receiver)}: <b>{step.receiver}</b>
        {ways.length > 0 && ` (${ways.join(', ')})`}
      </p>
      {group?.integrations
        .filter(({ target }) => target === 'topic')
        .map(({ name, of }) => (
          <TopicLine key={name} name={of} />
        ))}
      <p class="quiet small">
        {waitsOf(step).join(' · ')}
        {group !== undefined && ` · ${t(WHY.group, group.others)}`}
      </p>
      {group?.escalations.map(({ to, afterMs }) => (
        <p key={to} class="small">
          {t(WHY.escalation, to, formatDuration(afterMs))}
        </p>
      ))}
    </div>
  );
}

function waitsOf(step: RouteStep): string[] {
  const { groupBy, groupWaitMs, groupIntervalMs, repeatIntervalMs } = step;
  const { muteTimeIntervals, activeTimeIntervals } = step;
  return [
    groupBy === 'all'
      ? t(WHY.groupedAll)
      : groupBy.length === 0
        ? t(WHY.groupedNone)
        : t(WHY.grouped, groupBy.join(', ')),
    ...(groupWaitMs > 0 ? [t(WHY.waitsFirst, formatDuration(groupWaitMs))] : []),
    t(WHY.waitsNext, formatDuration(groupIntervalMs)),
    t(WHY.waitsRepeat, formatDuration(repeatIntervalMs)),
    ...(muteTimeIntervals.length > 0 ? [t(WHY.quietAt, muteTimeIntervals.join(', '))] : []),
    ...(activeTimeIntervals.length > 0 ? [t(WHY.onlyAt, activeTimeIntervals.join(', '))] : []),
  ];
}
