import { rollupKindOf } from '../../core/rollup/rollup-kind.ts';
import type { Steps } from './range.ts';

/** Which series are wanted: labels and what they must be. */
export type Selector = Readonly<Record<string, string>>;

/** A text within quotes of PromQL. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** A text that is meant as it is, within a pattern of RE2. */
function literalPattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/**
 * One question for several metrics: they lie in the same items, which are read once for all of them. Where points are
 * averages each has its name in the label `metric`, as a function takes the name of a metric from it.
 *
 * @param onlyLabels sums over all other labels (a VM's disks, say)
 */
export function metricsExpr(
  metrics: readonly string[],
  selector: Selector,
  steps: Steps,
  onlyLabels: readonly string[] = [],
): string {
  const matchers = matchersOf(selector);
  if (!steps.isAveraged) {
    const [only] = metrics;
    // A metric that is named can be one that hosts need not be read for.
    if (metrics.length === 1 && only !== undefined)
      return summed(`${only}{${matchers}}`, ['__name__', ...onlyLabels], onlyLabels.length > 0);
    const pattern = metrics.map(literalPattern).join('|');
    const selected = `{__name__=~${quoted(pattern)}${matchers === '' ? '' : `,${matchers}`}}`;
    return summed(selected, ['__name__', ...onlyLabels], onlyLabels.length > 0);
  }
  const range = `${steps.stepMs / 1000}s`;
  return metrics
    .map((metric) => {
      const over = rollupKindOf(metric) === 'gauge' ? 'avg_over_time' : 'last_over_time';
      const values = `${over}(${metric}{${matchers}}[${range}])`;
      return `label_replace(${summed(values, onlyLabels, onlyLabels.length > 0)},"metric",${quoted(metric)},"","")`;
    })
    .join(' or ');
}

function summed(values: string, by: readonly string[], isSummed: boolean): string {
  return isSummed ? `sum by (${by.join(',')}) (${values})` : values;
}

/** `a="x",b="y"`. */
export function matchersOf(selector: Selector): string {
  return Object.entries(selector)
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join(',');
}
