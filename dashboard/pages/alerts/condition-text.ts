import type { ExplainedCondition } from '../../../core/answers/explain.ts';
import { formatValue, unitOf } from '../../format/unit.ts';
import { t } from '../../i18n/language.ts';
import { COMPARED } from './why-messages.ts';

/** In words: `host_cpu_usage_percent above 90 %`; without a threshold the expression as it is. */
export function conditionWords(condition: ExplainedCondition): string {
  const { expr, op, metric = expr } = condition;
  const limit = limitText(condition);
  return op === undefined || limit === undefined ? expr : `${metric} ${t(COMPARED[op])} ${limit}`;
}

/** `> 90 %`, as it stands at the line; `undefined`: there is no threshold. */
export function thresholdText(condition: ExplainedCondition): string | undefined {
  const limit = limitText(condition);
  return limit === undefined ? undefined : `${condition.op} ${limit}`;
}

function limitText({ threshold, metric = '' }: ExplainedCondition): string | undefined {
  return threshold === undefined ? undefined : formatValue(threshold, unitOf(metric));
}
