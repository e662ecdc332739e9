import type { AlertLife } from '../../../core/alerting/alert-lives.ts';
import { ruleHistories } from '../../../core/alerting/rule-noise.ts';
import { matchesLabels } from '../../../core/alertmanager/matcher.ts';
import type { AlertHistory, PastAlert } from '../../../core/answers/alert-history.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { DAY_MS, HOUR_MS } from '../../../core/time.ts';
import { readMatchers } from '../../alertmanager-api/params.ts';
import type { Delivery } from '../../store/deliveries.ts';
import { limitParam, timeParam, wholeNumber } from '../params.ts';
import { type ApiData, type ApiError, badParameter, readError } from '../reply.ts';
import { readLives } from './past-lives.ts';
import type { ExplainPorts } from './ports.ts';

/** What is looked at at once; at most an item an hour is read of it. */
const HISTORY_MAX_MS = 92 * DAY_MS;
const LOOK_BACK_MS = 7 * DAY_MS;
/** Of the list, in one answer. */
const PAGE = 50;
const PAGE_MAX = 200;
/** Bars of an hour up to so long, of a day beyond. */
const HOURLY_MS = 3 * DAY_MS;
/** Attempts to deliver that are looked at to count messages, some 500 bytes each: 500 read units. */
const LOOK_THROUGH = 4000;
const MAX_OFFSET_MINUTES = 14 * 60;

/** What is asked for. */
interface Asked {
  readonly fromMs: number;
  readonly toMs: number;
  /** How far days begin before those of UTC. */
  readonly offsetMs: number;
  readonly limit: number;
  readonly cursor: string;
  readonly isWanted: (labels: Readonly<Record<string, string>>) => boolean;
}

/**
 * `GET /api/v1/alerts/history`: from `start` to `end`, seven days unless said, what fired, with counts for each
 * rule, and a page of `limit` alerts from `cursor` on. `filter`: matchers that alerts must fit. `offset`: minutes
 * by which days begin before those of UTC.
 */
export async function alertHistory(
  params: URLSearchParams,
  ports: ExplainPorts,
): Promise<Result<ApiData, ApiError>> {
  const nowMs = ports.nowMs();
  const asked = readAsked(params, nowMs);
  if (!asked.ok) return asked;
  const { fromMs, toMs, isWanted, limit, cursor } = asked.value;
  const [read, deliveries] = await Promise.all([
    readLives(ports, { fromMs, toMs }),
    ports.deliveries.list({ fromMs, toMs, limit: LOOK_THROUGH }, nowMs),
  ]);
  if (!read.ok) return err(readError(read.error));
  const lives = read.value.lives.filter(({ labels }) => isWanted(labels));
  const told = countTold(deliveries);
  const buckets = bucketsOf(asked.value);
  const after = cursor === '' ? 0 : lives.findIndex((life) => cursorOf(life) === cursor) + 1;
  if (cursor !== '' && after === 0)
    return err(badParameter('cursor', 'not a "next" of an answer with the same parameters'));
  const page = lives.slice(after, after + limit);
  const last = page.at(-1);
  const history: AlertHistory = {
    ...{ fromMs, toMs, ...buckets },
    rules: ruleHistories(lives, { fromMs, toMs, ...buckets, notificationsOf: told.ofRule }),
    alerts: page.map((life) => pastAlert(life, told)),
    alertsTotal: lives.length,
    ...(last !== undefined && after + limit < lives.length ? { next: cursorOf(last) } : {}),
    ...(deliveries.length < LOOK_THROUGH
      ? {}
      : { notificationsFromMs: deliveries.at(-1)?.atMs ?? fromMs }),
    warnings: read.value.warnings,
    readUnits: read.value.readUnits,
  };
  return ok({ json: JSON.stringify(history) });
}

function readAsked(params: URLSearchParams, nowMs: number): Result<Asked, ApiError> {
  const to = timeParam(params, 'end', nowMs);
  if (!to.ok) return to;
  const toMs = Math.min(to.value, nowMs);
  const from = timeParam(params, 'start', toMs - LOOK_BACK_MS);
  if (!from.ok) return from;
  if (toMs < from.value)
    return err(badParameter('end', 'end timestamp must not be before start time'));
  if (toMs - from.value > HISTORY_MAX_MS)
    return err(badParameter('start', `more than ${HISTORY_MAX_MS / DAY_MS} days before the end`));
  const limit = limitParam(params);
  if (!limit.ok) return limit;
  const offset = wholeNumber(params.get('offset') || '0');
  if (offset === undefined || Math.abs(offset) > MAX_OFFSET_MINUTES)
    return err(badParameter('offset', `give minutes, ${MAX_OFFSET_MINUTES} at most`));
  const matchers = readMatchers(params.getAll('filter'));
  if (!matchers.ok) return err(badParameter('filter', matchers.error));
  return ok({
    ...{ fromMs: from.value, toMs, offsetMs: offset * 60_000 },
    limit: Math.min(limit.value || PAGE, PAGE_MAX),
    cursor: params.get('cursor') ?? '',
    isWanted: (labels) => matchesLabels(matchers.value, labels),
  });
}

/** Days begin where people are. */
function bucketsOf({ fromMs, toMs, offsetMs }: Asked) {
  const bucketMs = toMs - fromMs <= HOURLY_MS ? HOUR_MS : DAY_MS;
  const bucketsFromMs = Math.floor((fromMs + offsetMs) / bucketMs) * bucketMs - offsetMs;
  return { bucketMs, bucketsFromMs };
}

function cursorOf({ activeAtMs, fingerprint }: AlertLife): string {
  return `${activeAtMs}-${fingerprint}`;
}

interface Told {
  readonly ofRule: (name: string) => number;
  readonly ofLife: (life: AlertLife) => number;
}

/** Messages, whatever it took to deliver them. */
function countTold(deliveries: readonly Delivery[]): Told {
  const byRule = new Map<string, Set<string>>();
  const byAlert = new Map<string, Map<string, number>>();
  for (const { notification } of deliveries) {
    for (const { fingerprint, labels, startsAtMs } of notification.alerts) {
      const name = labels['alertname'] ?? '';
      byRule.set(name, (byRule.get(name) ?? new Set()).add(notification.id));
      byAlert.set(
        fingerprint,
        (byAlert.get(fingerprint) ?? new Map()).set(notification.id, startsAtMs),
      );
    }
  }
  return {
    ofRule: (name) => byRule.get(name)?.size ?? 0,
    ofLife: ({ fingerprint, activeAtMs, endedAtMs = Number.POSITIVE_INFINITY }) => {
      const starts = [...(byAlert.get(fingerprint)?.values() ?? [])];
      // Told is when it fired, to the ms; when it was active is known to the second.
      return starts.filter((at) => at >= activeAtMs - 1000 && at <= endedAtMs).length;
    },
  };
}

function pastAlert(life: AlertLife, told: Told): PastAlert {
  return { ...life, notifications: told.ofLife(life) };
}
