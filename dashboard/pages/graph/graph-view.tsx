import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { Chart } from '../../chart/chart.tsx';
import type { ChartSeries, ChartThreshold } from '../../chart/chart-types.ts';
import { gridEndMs, gridTimes, type TimeSpan } from '../../chart/range.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatValue } from '../../format/unit.ts';
import { t } from '../../i18n/language.ts';
import { Button } from '../../ui/button.tsx';
import { Skeleton } from '../../ui/loading.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { boundedRange, type PanelState } from './address.ts';
import { beyondAtEnd, type GraphAnswer, SERIES_MOST } from './answer.ts';
import { GRAPH } from './messages.ts';
import { AnswerNotes } from './notes.tsx';
import { LINES_FIRST, LINES_MOST, RANKINGS, type Ranking, rankedLines } from './ranking.ts';
import { fitsWords, identity, legendNames, seriesText, sharedLabels } from './series-names.ts';
import { unitOfExpr } from './threshold.ts';

const HEIGHT = 300;
/** So many a legend shows at once. */
const FILTER_FROM = 8;
/** What is beside and below the drawing. */
const AROUND = 120;

interface GraphViewProps {
  readonly panel: PanelState;
  readonly graph?: GraphAnswer;
  readonly isLoading: boolean;
  readonly onChange: (panel: PanelState) => void;
}

/** The graph of an answer; of many series those that matter most, or that are asked for. */
export function GraphView({ panel, graph, isLoading, onChange }: GraphViewProps): JSX.Element {
  const [words, setWords] = useState('');
  const [ranking, setRanking] = useState<Ranking>('peak');
  const [most, setMost] = useState(LINES_FIRST);
  const chosen = useMemo(() => {
    if (graph === undefined) return undefined;
    const fitting = graph.lines.filter(({ labels }) => fitsWords(labels, words));
    const beyond = beyondAtEnd(graph);
    const ranked = rankedLines(fitting, ranking, ({ labels }) => beyond.has(identity(labels)));
    return { fitting: fitting.length, drawn: drawnSeries(ranked.slice(0, most), panel.isStacked) };
  }, [graph, words, ranking, most, panel.isStacked]);
  if (graph === undefined || chosen === undefined) return <Skeleton height={HEIGHT + AROUND} />;
  const { grid, lines, threshold, isOnlyBeyond } = graph;
  const unit = unitOfExpr(panel.expr);
  const span = {
    fromMs: grid.startMs,
    toMs: Math.max(gridEndMs(grid), grid.startMs + grid.stepMs),
  };
  const shared =
    lines.length > 1 ? seriesText(sharedLabels(lines.map(({ labels }) => labels))) : '{}';
  const zoom = ({ fromMs, toMs }: TimeSpan) =>
    onChange({
      ...panel,
      tab: 'graph',
      rangeMs: boundedRange(Math.round(toMs - fromMs)),
      endMs: Math.round(toMs),
    });
  return (
    <div class={isLoading ? 'graph-result graph-busy' : 'graph-result'} aria-busy={isLoading}>
      {lines.length > FILTER_FROM && (
        <div class="graph-filter">
          <TextField
            label={t(GRAPH.filter)}
            type="search"
            value={words}
            placeholder={t(GRAPH.filterHint)}
            onChange={setWords}
          />
          <Select
            label={t(GRAPH.rank)}
            value={ranking}
            options={RANKINGS.map((value) => ({ value, text: t(GRAPH[value]) }))}
            onChange={setRanking}
          />
        </div>
      )}
      {shared !== '{}' && (
        <p class="graph-shared">
          {t(GRAPH.shared)} <code>{shared}</code>
        </p>
      )}
      <Chart
        title={panel.expr}
        isTitled={false}
        unit={unit}
        timesMs={gridTimes(grid)}
        series={chosen.drawn}
        thresholds={thresholdLines(threshold, unit)}
        range={span}
        onZoom={zoom}
        onZoomOut={() => onChange({ ...panel, rangeMs: boundedRange(panel.rangeMs * 2) })}
        syncKey="graph"
        height={HEIGHT}
        emptyText={t(GRAPH.noSamples)}
      />
      {chosen.fitting > chosen.drawn.length && (
        <div class="row">
          <span class="quiet">{t(GRAPH.firstOf, chosen.drawn.length, chosen.fitting)}</span>
          {most < LINES_MOST && (
            <Button small onClick={() => setMost(LINES_MOST)}>
              {t(GRAPH.showMore, Math.min(LINES_MOST, chosen.fitting) - chosen.drawn.length)}
            </Button>
          )}
        </div>
      )}
      {words.trim() !== '' && (
        <p class="quiet" role="status">
          {t(GRAPH.fitting, chosen.fitting, lines.length)}
        </p>
      )}
      {lines.length >= SERIES_MOST && (
        <div class="row" role="status">
          <span>{t(GRAPH.tooMany, SERIES_MOST)}</span>
          <Button
            small
            onClick={() =>
              onChange({ ...panel, expr: `topk(20, ${threshold?.left ?? panel.expr.trim()})` })
            }
          >
            {t(GRAPH.askTopk)}
          </Button>
        </div>
      )}
      {isOnlyBeyond && <p class="quiet">{t(GRAPH.onlyBeyond)}</p>}
      <AnswerNotes
        notes={graph}
        count={lines.length}
        more={t(GRAPH.everyStep, formatDuration(grid.stepMs))}
      />
    </div>
  );
}

function drawnSeries(
  lines: readonly GraphAnswer['lines'][number][],
  stacked: boolean,
): ChartSeries[] {
  const names = legendNames(lines.map(({ labels }) => labels));
  return lines.map(({ values }, i) => ({ label: names[i] ?? '', values, stacked }));
}

function thresholdLines(
  threshold: GraphAnswer['threshold'],
  unit: Parameters<typeof formatValue>[1],
): ChartThreshold[] {
  if (threshold === undefined) return [];
  const { op, value } = threshold;
  return [{ value, label: `${op} ${formatValue(value, unit)}`, tone: 'critical' }];
}
