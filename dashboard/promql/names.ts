import { knownLabels, knownMetrics } from './known-metrics.ts';

/** How a deployment is asked for its names; each reads some minutes of all hosts that fit. */
export interface NameQueries {
  /** Of series that fit the selector; absent: of all. */
  readonly labelNames: (selector: string | undefined) => Promise<readonly string[]>;
  readonly labelValues: (label: string, selector: string | undefined) => Promise<readonly string[]>;
}

/** A matcher as somebody is writing it. */
export interface NameMatcher {
  readonly name: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** What completion offers: what the catalogue knows for nothing, and what this deployment has. */
export interface Names {
  readonly metrics: () => Promise<readonly string[]>;
  /** Of metrics of this deployment; `undefined` until it has answered. */
  readonly seenMetrics: () => ReadonlySet<string> | undefined;
  /** Asks for those, if they are not known, and waits as long as it takes. */
  readonly lookUpMetrics: () => Promise<ReadonlySet<string> | undefined>;
  /** `''`: of any metric. */
  readonly labels: (metric: string) => Promise<readonly string[]>;
  readonly values: (
    label: string,
    metric: string,
    matchers: readonly NameMatcher[],
  ) => Promise<readonly string[]>;
}

/** Hosts and VMs come and go by the hour, metrics by the month. */
const FRESH_MS = 10 * 60_000;
/** Whoever could not answer is asked again after a while. */
const FAILED_MS = 30_000;
/** Answers kept: of some 10,000 names each at worst, 10 MB together. */
const MAX_ANSWERS = 40;
/** Names of series that tests and people made. */
const LEGACY_NAME = /^[A-Za-z_:][\w:]*$/;

interface Answer {
  readonly until: number;
  readonly names: Promise<readonly string[]>;
}

/**
 * Names for completion. A question is asked once in ten minutes, and not at all where the catalogue knows the answer.
 * One that fails gives no names, for half a minute.
 *
 * @param wait how long completion of a metric's name waits for names that the catalogue lacks
 */
export function createNames(
  queries: NameQueries,
  nowMs: () => number,
  wait: () => Promise<void>,
): Names {
  const answers = new Map<string, Answer>();
  let seen: ReadonlySet<string> | undefined;

  function once(key: string, ask: () => Promise<readonly string[]>): Promise<readonly string[]> {
    const known = answers.get(key);
    if (known !== undefined && nowMs() < known.until) return known.names;
    const names = ask().catch((): readonly string[] => {
      const failed = answers.get(key);
      if (failed?.names === names) answers.set(key, { until: nowMs() + FAILED_MS, names });
      return [];
    });
    answers.delete(key);
    answers.set(key, { until: nowMs() + FRESH_MS, names });
    for (const oldest of answers.keys()) {
      if (answers.size <= MAX_ANSWERS) break;
      answers.delete(oldest);
    }
    return names;
  }

  const askMetrics = () =>
    once('__name__', async () => {
      const found = await queries.labelValues('__name__', undefined);
      seen = new Set(found);
      return found;
    });

  const metrics = async () => {
    const found = await Promise.race([askMetrics(), wait().then(() => seen ?? [])]);
    return [...new Set([...knownMetrics().keys(), ...found])].sort();
  };

  return {
    metrics,
    seenMetrics: () => seen,
    lookUpMetrics: async () => {
      await askMetrics();
      return seen;
    },
    labels: async (metric) => {
      const known = knownMetrics().get(metric);
      if (known !== undefined) return known.labels;
      if (metric === '') return knownLabels();
      const found = await once(`labels ${metric}`, () =>
        queries.labelNames(selectorOf(metric, [])),
      );
      return found.filter((name) => name !== '__name__');
    },
    values: (label, metric, matchers) => {
      if (label === '__name__') return metrics();
      const others = matchers.filter(({ name, value }) => name !== label && value !== '');
      const selector = selectorOf(metric, others);
      return once(`values ${label} ${selector}`, () => queries.labelValues(label, selector));
    },
  };
}

/** The series that the cursor's selector is about so far; `undefined`: all. */
function selectorOf(metric: string, matchers: readonly NameMatcher[]): string | undefined {
  const conditions = [
    ...(metric === '' || LEGACY_NAME.test(metric)
      ? []
      : [{ name: '__name__', op: '=' as const, value: metric }]),
    ...matchers,
  ].map(({ name, op, value }) => `${quotedName(name)}${op}${JSON.stringify(value)}`);
  const name = LEGACY_NAME.test(metric) ? metric : '';
  // A selector must ask for something: an exclusion alone does not.
  const asks = name !== '' || matchers.some(({ op }) => op === '=' || op === '=~');
  if (!asks && !conditions.some((text) => text.startsWith('__name__='))) return undefined;
  return conditions.length === 0 ? name : `${name}{${conditions.join(',')}}`;
}

function quotedName(name: string): string {
  return LEGACY_NAME.test(name) ? name : JSON.stringify(name);
}
