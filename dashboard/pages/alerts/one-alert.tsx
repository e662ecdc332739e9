import type { JSX } from 'preact';
import type { BoardAlert } from '../../../core/answers/alert-board.ts';
import type { AlertExplanation } from '../../../core/answers/explain.ts';
import { Link } from '../../app/link.tsx';
import { t } from '../../i18n/language.ts';
import { Badge } from '../../ui/badge.tsx';
import { Card } from '../../ui/card.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ChevronLeftIcon } from '../../ui/icons.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { PageFrame } from '../../ui/page.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Severity } from '../../ui/state.tsx';
import { labelsText } from '../routing/labels.ts';
import { AlertActs, useRefusal } from './alert-acts.tsx';
import { AlertMarks, AlertTimes } from './alert-marks.tsx';
import { Description, LabelList } from './alert-row.tsx';
import { useAskedAct } from './asked-act.ts';
import { useBoard, useExplanation } from './board.ts';
import { graphQuery, runbookOf, summaryOf, titleOf } from './board-view.ts';
import { Deliveries } from './deliveries.tsx';
import { ALERTS } from './messages.ts';
import { RouteTree } from './route-tree.tsx';
import { Samples } from './samples.tsx';
import { Story } from './story.tsx';
import { WHY } from './why-messages.ts';

interface OneAlertProps {
  readonly fingerprint: string;
  /** When it was, of one that is over. */
  readonly atMs: number | undefined;
}

/** One alert, as a message links to it: what it is and what can be done first, then why there is it. */
export function OneAlert({ fingerprint, atMs }: OneAlertProps): JSX.Element {
  const board = useBoard();
  const why = useExplanation(fingerprint, atMs);
  const known = board.data?.alerts.find((one) => one.fingerprint === fingerprint);
  const live = atMs === undefined || (known?.activeAtMs ?? Infinity) <= atMs ? known : undefined;
  const shown = live ?? (why.data && asShown(why.data));
  const failure = why.failure ?? board.failure;
  if (shown === undefined)
    return (
      <PageFrame title={t(ALERTS.title)}>
        <Back />
        {why.failure?.status === 404 && board.data !== undefined ? (
          <Empty title={t(WHY.notFound)}>{t(WHY.notFoundText)}</Empty>
        ) : failure !== undefined ? (
          <Problem failure={failure} retry={why.refresh} />
        ) : (
          <Skeleton height={480} />
        )}
      </PageFrame>
    );
  const title = titleOf(shown.labels);
  return (
    <div class="one-alert">
      <Back />
      <PageFrame title={title}>
        <Head alert={shown} why={why.data} />
        {live !== undefined && <AskedAct alert={live} />}
        {failure !== undefined && failure.status !== 404 && (
          <Problem failure={failure} staleMs={why.atMs} retry={why.refresh} />
        )}
        {why.data === undefined ? <Skeleton height={480} /> : <Why explanation={why.data} />}
      </PageFrame>
    </div>
  );
}

/** Once it is known how the alert is now. */
function AskedAct({ alert }: { readonly alert: BoardAlert }) {
  useAskedAct(alert);
  return null;
}

function Back() {
  return (
    <p>
      <Link to="alerts">
        <ChevronLeftIcon /> {t(ALERTS.back)}
      </Link>
    </p>
  );
}

/** An alert that the board does not have (any more). */
function asShown({ fingerprint, labels, annotations, life }: AlertExplanation): BoardAlert {
  const { activeAtMs, firedAtMs, endedAtMs, value = 'NaN' } = life;
  const isOver = life.state === 'resolved' || life.state === 'gone';
  return {
    ...{ fingerprint, labels, annotations, value, activeAtMs },
    state: life.state === 'pending' || life.state === 'firing' ? life.state : 'resolved',
    ...{ silencedBy: [], inhibitedBy: [], mutedBy: [], groups: [] },
    ...(firedAtMs === undefined ? {} : { firedAtMs }),
    ...(isOver && endedAtMs !== undefined ? { resolvedAtMs: endedAtMs } : {}),
    // What was last seen of it is not kept: its value says nothing.
    ...(life.value === undefined ? { metric: 'unknown_state' } : {}),
  };
}

const STATES = { firing: 'critical', pending: 'warning', resolved: 'good' } as const;

function Head({ alert, why }: { alert: BoardAlert; why: AlertExplanation | undefined }) {
  const { labels, annotations, state } = alert;
  const refused = useRefusal('acknowledge');
  const runbook = runbookOf(annotations);
  const expr = alert.expr ?? why?.rule?.expr;
  const summary = summaryOf(annotations);
  const stateText = state === 'pending' ? WHY.pendingState : WHY[state];
  return (
    <section class="card alert-hero" aria-label={titleOf(labels)}>
      <div class="alert-head">
        <Severity severity={labels['severity'] ?? ''} />
        <Badge tone={STATES[state]}>{t(stateText)}</Badge>
        <AlertMarks alert={alert} />
      </div>
      {summary !== '' && <p class="alert-hero-summary">{summary}</p>}
      <AlertTimes alert={alert} />
      {state !== 'resolved' && <AlertActs alert={alert} isLarge />}
      {refused !== undefined && <p class="quiet">{refused}</p>}
      <Description text={annotations['description']} />
      <div class="alert-foot">
        {labels['host'] !== undefined && (
          <Link to="host" query={{ name: labels['host'] }}>
            {labels['host']}
          </Link>
        )}
        {labels['uuid'] !== undefined && (
          <Link to="vm" query={{ uuid: labels['uuid'] }}>
            {labels['vm'] ?? labels['uuid']}
          </Link>
        )}
        {expr !== undefined && (
          <Link to="graph" query={graphQuery(expr)}>
            {t(ALERTS.graph)}
          </Link>
        )}
        {runbook !== undefined && (
          <a href={runbook} rel="noreferrer noopener">
            {t(ALERTS.runbook)}
          </a>
        )}
        <Link to="alerts" query={{ view: 'history', rule: labels['alertname'] ?? '' }}>
          {t(WHY.history)}
        </Link>
      </div>
    </section>
  );
}

function Why({ explanation }: { readonly explanation: AlertExplanation }) {
  const { labels } = explanation;
  return (
    <div class="stack">
      <Card title={t(WHY.story)}>
        <Story explanation={explanation} />
      </Card>
      <Card title={t(WHY.samples)}>
        <Samples explanation={explanation} />
      </Card>
      <Card
        title={t(WHY.way)}
        actions={
          <Link to="routing" query={{ labels: labelsText(labels) }}>
            {t(WHY.inTree)}
          </Link>
        }
      >
        <RouteTree explanation={explanation} />
      </Card>
      <Card title={t(WHY.deliveries)} flush>
        <Deliveries explanation={explanation} />
      </Card>
      <Card title={t(WHY.labels)}>
        <LabelList labels={Object.entries(labels)} />
      </Card>
    </div>
  );
}
