import type { JSX } from 'preact';
import type { RouteNode, RoutingReceiver, RoutingStep } from '../../../core/answers/routing.ts';
import { formatDuration } from '../../format/duration.ts';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { ToneShape } from '../../ui/state.tsx';
import { ROUTING } from './messages.ts';
import { Deliveries } from './parts.tsx';
import { type OwnSettings, ownSettings, type Path } from './tree.ts';

interface RouteTreeProps {
  readonly root: RouteNode;
  readonly receivers: readonly RoutingReceiver[];
  /** What an alert meets; empty: none is asked about. */
  readonly path: Path;
  readonly numbers: ReadonlyMap<string, string>;
}

/** The tree as lists in one another, with lines from each route to its branches. */
export function RouteTree(props: RouteTreeProps): JSX.Element {
  return (
    <ul class="routing-tree" aria-label={t(ROUTING.tree)}>
      <Branch {...props} route={props.root} parent={undefined} />
    </ul>
  );
}

interface BranchProps extends RouteTreeProps {
  readonly route: RouteNode;
  readonly parent: RouteNode | undefined;
}

function Branch({ route, parent, ...tree }: BranchProps): JSX.Element {
  const step = tree.path.get(route.id);
  const isAsked = tree.path.size > 0;
  const outcome = step?.outcome ?? (isAsked ? 'unreached' : 'plain');
  return (
    <li class={`routing-route routing-${outcome}`}>
      <div class="routing-box" id={`route-${tree.numbers.get(route.id)}`}>
        <RouteText {...{ route, parent, ...tree }} />
        {step !== undefined && <StepText step={step} numbers={tree.numbers} />}
      </div>
      {route.routes.length > 0 && (
        <ul class="routing-branches">
          {route.routes.map((child) => (
            <Branch key={child.id} {...tree} route={child} parent={route} />
          ))}
        </ul>
      )}
    </li>
  );
}

function RouteText({ route, parent, receivers, numbers }: BranchProps): JSX.Element {
  const own = ownSettings(route, parent);
  const receiver = receivers.find(({ name }) => name === route.receiver);
  const tellsNobody = receiver?.integrations.length === 0;
  return (
    <>
      <p class="routing-head">
        <span class="routing-number" title={t(ROUTING.route, numbers.get(route.id) ?? '')}>
          {numbers.get(route.id)}
        </span>
        {parent === undefined ? (
          <strong>{t(ROUTING.root)}</strong>
        ) : route.matchers.length === 0 ? (
          <strong>{t(ROUTING.every)}</strong>
        ) : (
          <span class="routing-matchers">
            {route.matchers.map(({ text }) => (
              <code key={text}>{text}</code>
            ))}
          </span>
        )}
      </p>
      <p class="routing-tells">
        {tellsNobody ? (
          <>
            {t(ROUTING.nobody)} <span class="quiet">({route.receiver})</span>
          </>
        ) : (
          <>
            {t(ROUTING.tells)} <strong>{route.receiver}</strong>
          </>
        )}
        {route.continue && <span class="quiet"> · {t(ROUTING.continues)}</span>}
        {route.mutedBy.length > 0 && (
          <>
            {' '}
            <Badge tone="warning">
              {t(ROUTING.mutedNow)}: {route.mutedBy.join(', ')}
            </Badge>
          </>
        )}
      </p>
      {receiver !== undefined && own.receiver && !tellsNobody && <Deliveries receiver={receiver} />}
      <RouteTimes route={route} own={own} />
    </>
  );
}

/** What it has of its own: what it inherits is said above. */
function RouteTimes({ route, own }: { readonly route: RouteNode; readonly own: OwnSettings }) {
  const { groupBy, groupWaitMs, groupIntervalMs, repeatIntervalMs } = route;
  const texts = [
    own.groupBy && groupText(groupBy),
    own.groupWaitMs &&
      (groupWaitMs === 0 ? t(ROUTING.atOnce) : t(ROUTING.wait, formatDuration(groupWaitMs))),
    own.groupIntervalMs && t(ROUTING.interval, formatDuration(groupIntervalMs)),
    own.repeatIntervalMs && t(ROUTING.repeat, formatDuration(repeatIntervalMs)),
    route.muteTimeIntervals.length > 0 &&
      `${t(ROUTING.quietDuring)} ${route.muteTimeIntervals.join(', ')}`,
    route.activeTimeIntervals.length > 0 &&
      `${t(ROUTING.onlyDuring)} ${route.activeTimeIntervals.join(', ')}`,
  ].filter((text) => text !== false);
  return texts.length === 0 ? null : <p class="routing-times">{texts.join(' · ')}</p>;
}

/** Which alerts are told together. */
export function groupText(groupBy: RouteNode['groupBy']): string {
  if (groupBy === 'all') return t(ROUTING.groupAll);
  return groupBy.length === 0 ? t(ROUTING.groupNone) : t(ROUTING.groupBy, groupBy.join(', '));
}

interface StepTextProps {
  readonly step: RoutingStep;
  readonly numbers: ReadonlyMap<string, string>;
}

/** What the alert in question met here. */
function StepText({ step, numbers }: StepTextProps): JSX.Element {
  const tone = step.outcome === 'taken' ? 'good' : step.outcome === 'passed' ? 'info' : 'quiet';
  return (
    <p class="routing-step">
      <ToneShape tone={tone} /> {stepText(step, numbers)}
    </p>
  );
}

function stepText(step: RoutingStep, numbers: ReadonlyMap<string, string>): string {
  switch (step.outcome) {
    case 'taken':
      return t(ROUTING.stepTaken);
    case 'passed':
      return t(ROUTING.stepPassed);
    case 'untried':
      return t(ROUTING.stepUntried, numbers.get(step.takenBy) ?? '');
    case 'refused':
      return step.has === ''
        ? t(ROUTING.stepRefusedNone, step.matcher.text, step.matcher.name)
        : t(ROUTING.stepRefused, step.matcher.text, `"${step.has}"`);
  }
}
