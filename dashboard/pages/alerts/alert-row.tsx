import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { BoardAlert } from '../../../core/answers/alert-board.ts';
import { Link } from '../../app/link.tsx';
import { t } from '../../i18n/language.ts';
import { ChevronDownIcon } from '../../ui/icons.tsx';
import { Severity } from '../../ui/state.tsx';
import { AlertActs } from './alert-acts.tsx';
import { AlertMarks, AlertTimes } from './alert-marks.tsx';
import { graphQuery, otherLabels, placeOf, runbookOf, summaryOf, titleOf } from './board-view.ts';
import { ALERTS } from './messages.ts';

interface AlertRowProps {
  readonly alert: BoardAlert;
  /** Said of the whole group already, in the heading above; absent: it is alone in its group, and has none. */
  readonly groupLabels?: Readonly<Record<string, string>> | undefined;
}

/** One alert of a list: what it is, since when, who is at it, and what can be done; more of it unfolds. */
export function AlertRow({ alert, groupLabels }: AlertRowProps): JSX.Element {
  const { labels, annotations, fingerprint, state } = alert;
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const title = titleOf(labels);
  const isNamed = groupLabels?.['alertname'] !== undefined;
  const shown = (isNamed ? placeOf(labels) : undefined) ?? title;
  const summary = summaryOf(annotations);
  const query = { alert: fingerprint };
  const Heading = groupLabels === undefined ? 'h2' : 'h3';
  return (
    <article class={`alert-row alert-row-${labels['severity'] ?? ''}`} aria-label={title}>
      <div class="alert-main">
        <div class="alert-head">
          <Severity severity={labels['severity'] ?? ''} />
          <Heading class="alert-title">
            <Link to="alerts" query={query}>
              {shown}
            </Link>
          </Heading>
          <AlertTimes alert={alert} />
        </div>
        <div class="alert-said">
          {summary !== '' && <p class="alert-summary">{summary}</p>}
          <AlertMarks alert={alert} />
        </div>
      </div>
      <div class="alert-acts">
        {state !== 'resolved' && <AlertActs alert={alert} />}
        <Link
          to="alerts"
          query={query}
          class="button button-small"
          label={t(ALERTS.explainOf, title)}
        >
          {t(ALERTS.explain)}
        </Link>
        <button
          type="button"
          class="button button-small alert-more-button"
          aria-expanded={isOpen}
          aria-controls={isOpen ? id : undefined}
          aria-label={t(ALERTS.of, t(ALERTS.more), title)}
          onClick={() => setOpen(!isOpen)}
        >
          {t(ALERTS.more)} <ChevronDownIcon size={12} />
        </button>
      </div>
      {isOpen && <More id={id} alert={alert} groupLabels={groupLabels} />}
    </article>
  );
}

function ToldTo({ alert: { groups } }: { readonly alert: BoardAlert }) {
  const names = [...new Set(groups.map(({ receiver }) => receiver))];
  if (names.length === 0) return null;
  return <p class="quiet small">{t(ALERTS.toldTo, names.join(', '))}</p>;
}

interface MoreProps extends AlertRowProps {
  readonly id: string;
}

/** What most people need not read of most alerts. */
function More({ id, alert, groupLabels }: MoreProps) {
  const { labels, annotations, expr } = alert;
  const runbook = runbookOf(annotations);
  const others = otherLabels(labels, groupLabels);
  return (
    <div class="alert-more" id={id}>
      <Description text={annotations['description']} />
      {groupLabels === undefined && <ToldTo alert={alert} />}
      {others.length > 0 && <LabelList labels={others} />}
      <div class="alert-foot">
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
      </div>
    </div>
  );
}

/** Labels as Alertmanager writes them. */
export function LabelList({ labels }: { readonly labels: readonly [string, string][] }) {
  return (
    <ul class="alert-labels">
      {labels.map(([name, value]) => (
        <li key={name}>
          <code>{`${name}=${JSON.stringify(value)}`}</code>
        </li>
      ))}
    </ul>
  );
}

/** Lines as its rule wrote them. */
export function Description({ text = '' }: { readonly text: string | undefined }) {
  return text.trim() === '' ? null : <p class="alert-description">{text.trim()}</p>;
}
