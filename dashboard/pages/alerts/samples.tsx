import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { AlertExplanation, ExplainedRule } from '../../../core/answers/explain.ts';
import { formatDuration } from '../../format/duration.ts';
import { t } from '../../i18n/language.ts';
import { Skeleton } from '../../ui/loading.tsx';
import { WHY } from './why-messages.ts';

type Charts = ComponentType<{ readonly explanation: AlertExplanation }>;

/** The rule, and a chart of what it saw; what draws it is loaded when it is looked at. */
export function Samples({ explanation }: { readonly explanation: AlertExplanation }): JSX.Element {
  const { rule, warnings } = explanation;
  const [Drawn, setDrawn] = useState<Charts | undefined>(undefined);
  useEffect(() => {
    let isShown = true;
    void import('./sample-charts.tsx').then(({ SampleCharts }) => {
      if (isShown) setDrawn(() => SampleCharts);
    });
    return () => {
      isShown = false;
    };
  }, []);
  return (
    <div class="stack">
      {rule === undefined ? <p class="quiet">{t(WHY.ruleGone)}</p> : <RuleText rule={rule} />}
      {rule !== undefined &&
        (Drawn === undefined ? <Skeleton height={260} /> : <Drawn explanation={explanation} />)}
      {warnings.map((warning) => (
        <p key={warning} class="quiet small">
          {warning}
        </p>
      ))}
    </div>
  );
}

function RuleText({ rule }: { readonly rule: ExplainedRule }) {
  const { name, group, file, expr, forMs, keepFiringForMs, intervalMs, error } = rule;
  const facts = [
    ...(forMs > 0 ? [t(WHY.for, formatDuration(forMs))] : []),
    ...(keepFiringForMs > 0 ? [t(WHY.keepFor, formatDuration(keepFiringForMs))] : []),
    t(WHY.interval, formatDuration(intervalMs)),
  ];
  return (
    <div class="alert-rule">
      <p>
        {/* Absent labels are no names: which of several rules of one name it is, its group and file say. */}
        <b>{name}</b>{' '}
        <span class="quiet">
          {group} · {file}
        </span>
      </p>
      <pre class="alert-expr">
        <code>{expr}</code>
      </pre>
      <p class="quiet small">{facts.join(' · ')}</p>
      {error !== undefined && <p class="field-error">{t(WHY.ruleError, error)}</p>}
    </div>
  );
}
