import { metricNamed } from '../../core/catalogue/catalogue.ts';
import { type ExposedSeries, parseTextExposition } from '../../core/exposition/parse-text.ts';
import type { ForeignName, Measurement } from './collector.ts';

/** Which series of a page are taken, and what they are called besides. */
export interface ForeignOptions {
  readonly job: string;
  readonly instance: string;
  /** Further labels of every series. */
  readonly labels: Readonly<Record<string, string>>;
  /** Names to take; all where it is `undefined`. */
  readonly include: RegExp | undefined;
  /** Names to leave out of those. */
  readonly exclude: RegExp | undefined;
  readonly maxSeries: number;
}

/** What was taken from a page. */
export interface ForeignSeries {
  readonly measurements: readonly Measurement[];
  /** Series that would have been taken but for a bound, a name of our own, or one that came twice. */
  readonly leftOut: number;
}

/** Longer ones are made by mistake, and would fill a batch. */
const NAME_MAX_LENGTH = 200;
const VALUE_MAX_LENGTH = 1024;
const LABELS_MAX = 40;

/** Not in any text that came from UTF-8. */
const SEPARATOR = '\ud800';

/**
 * Series of another program's page as measurements. Labels of theirs that are called like ours become
 * `exported_...`, as with Prometheus. Throws, naming line and reason, where the page is broken.
 */
export function readForeignSeries(text: string, options: ForeignOptions): ForeignSeries {
  const { include, exclude, maxSeries } = options;
  const wanted = (name: string) => (include?.test(name) ?? true) && exclude?.test(name) !== true;
  const parsed = parseTextExposition(text, wanted);
  if (!parsed.ok) throw new Error(`line ${parsed.error.line}: ${parsed.error.reason}`);
  const measurements: Measurement[] = [];
  const seen = new Set<string>();
  let leftOut = 0;
  const own = { ...options.labels, job: options.job, instance: options.instance };
  for (const series of parsed.value) {
    // What cannot be measured has no sample here, too.
    if (!Number.isFinite(series.value)) continue;
    const labels = withOwnLabels(series, own);
    const key = keyOf(series.name, labels);
    if (
      measurements.length >= maxSeries ||
      seen.has(key) ||
      !isForeignName(series.name) ||
      !isWithinBounds(series)
    ) {
      leftOut += 1;
      continue;
    }
    seen.add(key);
    measurements.push({ name: series.name, labels, value: series.value });
  }
  return { measurements, leftOut };
}

/** Is it none of the catalogue? Nobody else may say that a VM is up. */
function isForeignName(name: string): name is ForeignName {
  return metricNamed(name) === undefined && name.length <= NAME_MAX_LENGTH;
}

function isWithinBounds({ labels }: ExposedSeries): boolean {
  return (
    labels.length <= LABELS_MAX &&
    labels.every(
      ([name, value]) => name.length <= NAME_MAX_LENGTH && value.length <= VALUE_MAX_LENGTH,
    )
  );
}

function withOwnLabels(
  { labels }: ExposedSeries,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  // `host` itself is added to every series later.
  const all: Record<string, string> = { ...own };
  for (const [name, value] of labels) {
    // Names that begin with two underscores are the inner affairs of whoever stores the series.
    if (value === '' || name.startsWith('__')) continue;
    all[name === 'host' || Object.hasOwn(own, name) ? `exported_${name}` : name] = value;
  }
  return all;
}

function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map((pair) => pair.join(SEPARATOR));
  return [name, ...pairs.sort()].join(SEPARATOR);
}
