import {
  familyOf,
  OPENMETRICS_END,
  seriesText,
  timeText,
  valueText,
} from '../../../core/exposition/write-openmetrics.ts';
import { labelValue, METRIC_NAME } from '../../../core/series/labels.ts';
import { joinPieces } from '../transfer/join-pieces.ts';
import type { Group } from '../transfer/series-runs.ts';

const TEXT_CHARS = 1 << 16;

/** What was written. */
export interface Written {
  series: number;
  samples: number;
}

/** Series, those of one name beside each other, as OpenMetrics text; some at a time. `written` is counted up. */
export async function* openMetricsText(
  groups: AsyncIterable<Group>,
  written: Written,
): AsyncGenerator<string> {
  const families = new Set<string>();
  let metric: string | undefined;
  let text = '';
  for await (const { pieces } of groups) {
    const { series } = joinPieces(pieces);
    const name = labelValue(series.labels, METRIC_NAME);
    if (name !== metric) {
      metric = name;
      const family = familyOf(name, (other) => families.has(other));
      families.add(family.name);
      text += family.head;
    }
    const begin = seriesText(series.labels);
    for (const [i, timestampMs] of series.timestamps.entries()) {
      text += `${begin} ${valueText(series.values[i] ?? Number.NaN)} ${timeText(timestampMs)}\n`;
      if (text.length < TEXT_CHARS) continue;
      yield text;
      text = '';
    }
    written.series++;
    written.samples += series.timestamps.length;
  }
  yield text + OPENMETRICS_END;
}
