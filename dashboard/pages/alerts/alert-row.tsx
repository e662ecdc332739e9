import type { JSX } from 'preact';
import type { BoardAlert } from '../../../core/answers/alert-board.ts';
import { Link } from '../../app/link.tsx';
import { t } from '../../i18n/language.ts';
import { Severity } from '../../ui/state.tsx';
import { AlertActs } from './alert-acts.tsx';
import { AlertMarks, AlertTimes } from './alert-marks.tsx';
import { graphQuery, otherLabels, runbookOf, summaryOf, titleOf } from './board-view.ts';
import { ALERTS } from './messages.ts';

interface AlertRowProps {
  readonly alert: BoardAlert;
  /** Said of the whole group already. */
  readonly groupLabels: Readonly<Record<string, string>>;
}

/** One alert of a list: what it is, since when, who is at it, and what can be done. */
export function AlertRow({ alert, groupLabels }: AlertRowProps): JSX.Element {
  const { labels, annotations, fingerprint, expr, state } = alert;
  const title = titleOf(labels);
  const summary = summaryOf(annotations);
  const runbook = runbookOf(annotations);
  const others = otherLabels(labels, groupLabels);
  const query = { alert: fingerprint };
  return (
    <article class={`alert-row alert-row-${labels['severity'] ?? ''}`} aria-label={title}>
      <div class="alert-head">
        <Severity severity={labels['severity'] ?? ''} />
        <h3 class="alert-title">
          <Link to="alerts" query={query}>
            {title}
          </Link>
        </h3>
        <AlertMarks alert={alert} />
      </div>
      {summary !== '' && <p class="alert-summary">{summary}</p>}
      <AlertTimes alert={alert} />
      {others.length > 0 && <LabelList labels={others} />}
      <Description text={annotations['description']} />
      <div class="alert-foot">
        {state !== 'resolved' && <AlertActs alert={alert} />}
        <Link to="alerts" query={query} label={t(ALERTS.explainOf, title)}>
          {t(ALERTS.explain)}
        </Link>
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
    </article>
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
