import * as v from 'valibot';
import { parse, stringify } from 'yaml';
import { formatDurationMs, parseDurationMs } from '../../core/rules/duration.ts';

/**
 * Prometheus and Alertmanager know no time but the clock's. To see a day of theirs in minutes, every
 * duration in their configuration is divided by the same number, and the world runs so much faster.
 */

/** A duration as both write it, `5m`, divided. Down to a millisecond; 0 stays 0. */
export function scaledDuration(text: string, speed: number): string {
  const parsed = parseDurationMs(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error}`);
  return formatDurationMs(Math.round(parsed.value / speed));
}

/** Ranges, `[5m]`, and offsets of an expression; numbers of seconds in it are not touched. */
export function scaledExpr(expr: string, speed: number): string {
  return expr.replaceAll(
    /(\[|\boffset\s+)([0-9][0-9a-z]*)/g,
    (_, before: string, duration: string) => `${before}${scaledDuration(duration, speed)}`,
  );
}

const ruleFileSchema = v.object({
  groups: v.array(
    v.looseObject({
      name: v.string(),
      rules: v.array(
        v.looseObject({
          alert: v.string(),
          expr: v.string(),
          for: v.exactOptional(v.string()),
          keep_firing_for: v.exactOptional(v.string()),
        }),
      ),
    }),
  ),
});

/** A rule file for that speed, without rules about series that only our evaluator makes. */
export function scaledRules(yaml: string, speed: number): string {
  const { groups } = v.parse(ruleFileSchema, parse(yaml));
  const scaled = groups.map((group) => ({
    ...group,
    rules: group.rules
      .filter(({ expr }) => !/\b(host|vm)_condition\b/.test(expr))
      .map((rule) => ({
        ...rule,
        expr: scaledExpr(rule.expr, speed),
        ...(rule.for === undefined ? {} : { for: scaledDuration(rule.for, speed) }),
        ...(rule.keep_firing_for === undefined
          ? {}
          : { keep_firing_for: scaledDuration(rule.keep_firing_for, speed) }),
      })),
  }));
  return stringify({ groups: scaled });
}

const TIMES: ReadonlySet<string> = new Set(['group_wait', 'group_interval', 'repeat_interval']);

/** How the routing is changed beside its times. */
export interface RoutingChanges {
  /** Where all receivers with SNS topics send instead. */
  readonly webhook: string;
  /** A label more to group by, so that worlds which run at once share no message. */
  readonly groupBy: string;
  /** In place of `group_wait`. */
  readonly groupWait?: string;
}

/** An Alertmanager configuration for that speed. */
export function scaledRouting(yaml: string, speed: number, changes: RoutingChanges): string {
  const { groupBy, groupWait, webhook } = changes;
  return stringify(parse(yaml), (key, value: unknown) => {
    if (key === 'group_wait' && groupWait !== undefined) return scaledDuration(groupWait, speed);
    if (typeof key === 'string' && TIMES.has(key)) return scaledDuration(String(value), speed);
    if (key === 'group_by' && Array.isArray(value)) return [...value, groupBy];
    if (!isReceiver(value)) return value;
    const { sns_configs: _, ...receiver } = value;
    return { ...receiver, webhook_configs: [{ url: webhook, send_resolved: true }] };
  });
}

function isReceiver(value: unknown): value is { sns_configs: unknown } {
  return typeof value === 'object' && value !== null && 'sns_configs' in value;
}
