import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { AlertExplanation, ExplainedCondition } from '../../../core/answers/explain.ts';
import { Chart } from '../../chart/chart.tsx';
import type { ChartBand, ChartThreshold } from '../../chart/chart-types.ts';
import { unitOf } from '../../format/unit.ts';
import { t } from '../../i18n/language.ts';
import { thresholdText } from './condition-text.ts';
import { bandsOf, seriesName, toneOf } from './sample-parts.ts';
import { WHY } from './why-messages.ts';

/** A chart for each condition of an alert's rule: its threshold, and when the alert was pending and fired. */
export function SampleCharts({
  explanation,
}: {
  readonly explanation: AlertExplanation;
}): JSX.Element {
  const { samples, labels } = explanation;
  const bands = useMemo(() => bandsOf(explanation), [explanation]);
  return (
    <div class="stack alert-charts">
      {samples.conditions.map((condition) => (
        <ConditionChart
          key={condition.expr}
          {...{ condition, bands, labels, samples }}
          syncKey={`alert ${explanation.fingerprint}`}
        />
      ))}
    </div>
  );
}

interface ConditionChartProps {
  readonly condition: ExplainedCondition;
  readonly bands: readonly ChartBand[];
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: AlertExplanation['samples'];
  readonly syncKey: string;
}

function ConditionChart({ condition, bands, labels, samples, syncKey }: ConditionChartProps) {
  const { threshold, metric = '', seriesLeftOut } = condition;
  const limit = thresholdText(condition) ?? '';
  const series = useMemo(
    () =>
      condition.series.map((one, i) => ({
        label: seriesName(one.labels, labels) || condition.metric || String(i + 1),
        values: one.values,
      })),
    [condition],
  );
  const thresholds = useMemo<ChartThreshold[]>(
    () =>
      threshold === undefined ? [] : [{ value: threshold, label: limit, tone: toneOf(labels) }],
    [threshold, limit],
  );
  return (
    <Chart
      title={condition.expr}
      unit={unitOf(metric)}
      timesMs={samples.timesMs}
      {...{ series, thresholds, bands, syncKey }}
      range={samples}
      emptyText={t(WHY.noSamples)}
      note={seriesLeftOut > 0 ? t(WHY.seriesLeftOut, seriesLeftOut) : undefined}
    />
  );
}
