import { type AlertLife, livesOf } from '../../../core/alerting/alert-lives.ts';
import { createMatcher } from '../../../core/promql/selector.ts';
import type { Matcher } from '../../../core/promql/source.ts';
import { ok, type Result } from '../../../core/result.ts';
import type { AlertingRule, RuleGroup } from '../../../core/rules/rule-file.ts';
import { METRIC_NAME } from '../../../core/series/labels.ts';
import { HOUR_MS } from '../../../core/time.ts';
import { EVALUATOR_SENDER } from '../../store/item-keys.ts';
import type { ReadFailure } from '../../store/read-items.ts';
import { type ReadSeries, readSeries } from '../../store/reader.ts';
import type { ExplainPorts } from './ports.ts';

/** Two ticks may be missed and nobody says that all is over. */
const OPEN_TICKS = 3;

/** The inventory may learn of the evaluator so long after it first wrote. */
const FIRST_LAG_MS = 2 * HOUR_MS;

/** Lives of alerts, and what reading them took. */
export interface PastLives {
  readonly lives: readonly AlertLife[];
  readonly warnings: readonly string[];
  readonly readUnits: number;
}

/**
 * The alerts of a time, from the series `ALERTS` and `ALERTS_FOR_STATE` that each tick writes: an item an hour
 * of the one writer where that is rolled up, an item a minute where it is not yet. `labels`: only alerts that
 * have these.
 */
export async function readLives(
  ports: ExplainPorts,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  labels: Readonly<Record<string, string>> = {},
): Promise<Result<PastLives, ReadFailure>> {
  const nowMs = ports.nowMs();
  const senders = await ports.reader.inventory.senders(nowMs, true);
  const evaluator = senders.find(({ sender }) => sender === EVALUATOR_SENDER);
  // Before there was one nothing was written: of a young deployment each minute would be asked for.
  const firstMs = (evaluator?.firstSeenMs ?? nowMs) - FIRST_LAG_MS;
  const selections = ['ALERTS', 'ALERTS_FOR_STATE'].map((name) => ({
    matchers: [...Object.entries(labels), [METRIC_NAME, name]].map(([label = '', value = '']) =>
      equal(label, value),
    ),
    // A point of an hour does not say when.
    ...{ fromMs: Math.max(fromMs, firstMs), toMs, stepMs: 60_000, coarsest: 'minute' as const },
  }));
  const deadlineMs = ports.reader.clockMs() + ports.timeoutMs;
  const read = await readSeries(ports.reader, selections, nowMs, deadlineMs);
  if (!read.ok) return read;
  const rules = ports.rules.groups;
  return ok({
    lives: livesOf({
      ...{ series: distinct(read.value.series), fromMs, toMs, nowMs },
      openMs:
        OPEN_TICKS * Math.max(ports.tickMs, ...rules.map(({ intervalMs }) => intervalMs ?? 0)),
      forMsOf: (of) => ruleOf(rules, of)?.rule.forMs ?? 0,
    }),
    warnings: read.value.warnings,
    readUnits: read.value.cost.readUnits,
  });
}

function equal(name: string, value: string): Matcher {
  const matcher = createMatcher(name, '=', value);
  if (!matcher.ok) throw new Error(`${name}=${value}: ${matcher.error.message}`);
  return matcher.value;
}

/** What two selections were read from is there twice. */
function distinct(series: ReadSeries['series']): ReadSeries['series'] {
  return [...new Set(series)];
}

/** The rule that makes alerts of such labels, as far as its name and its fixed labels say. */
export function ruleOf(
  groups: readonly RuleGroup[],
  labels: Readonly<Record<string, string>>,
): { readonly group: RuleGroup; readonly rule: AlertingRule; readonly index: number } | undefined {
  for (const group of groups) {
    for (const [index, rule] of group.rules.entries()) {
      if (rule.kind !== 'alert' || rule.name !== labels['alertname']) continue;
      const isIts = rule.labels.every(
        ({ name, template }) => template.text.includes('{{') || labels[name] === template.text,
      );
      if (isIts) return { group, rule, index };
    }
  }
  return undefined;
}
