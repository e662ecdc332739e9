import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { type HeartbeatOptions, heartbeatLine } from '../../functions/evaluate/heartbeat.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const WELL = { superseded: false, deliveriesFailed: 0 };
const FACTS = {
  urgent: false,
  durationMs: 850,
  lateMs: 120,
  lagMs: 31_000,
  hosts: 40,
  hostsDown: 1,
  firing: 2,
  pending: 0,
  told: 1,
  deliveriesFailed: 0,
  errors: 0,
};
const TRIAL = { deployment: 'Trial', nowMs: NOW_MS };
const lineOf = (report: typeof WELL, options: Partial<HeartbeatOptions> = {}) =>
  heartbeatLine(report, FACTS, { ...TRIAL, ...options });

/** The specification's words on where CloudWatch looks for what. */
const Embedded = v.looseObject({
  _aws: v.strictObject({
    Timestamp: v.number(),
    CloudWatchMetrics: v.array(
      v.strictObject({
        Namespace: v.string(),
        Dimensions: v.array(v.array(v.string())),
        Metrics: v.array(v.strictObject({ Name: v.string(), Unit: v.string() })),
      }),
    ),
  }),
});

/** The metrics that CloudWatch would make of a line: `namespace name{dimension=value} number @time`. */
function metricsIn(line: string | undefined): string[] {
  const document = v.parse(Embedded, JSON.parse(line ?? 'null'));
  const root: Record<string, unknown> = document;
  const { Timestamp, CloudWatchMetrics } = document._aws;
  return CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => {
      const where = names.map((name) => `${name}=${v.parse(v.string(), root[name])}`).join(',');
      return Metrics.map(
        ({ Name }) =>
          `${Namespace} ${Name}{${where}} ${v.parse(v.number(), root[Name])} @${Timestamp}`,
      );
    }),
  );
}

describe('the heartbeat', () => {
  it('is one metric of the deployment at the end of a tick', () => {
    expect(metricsIn(lineOf(WELL))).toEqual([
      `Hypervigil TickCompleted{Deployment=Trial} 1 @${NOW_MS}`,
    ]);
  });

  it('counts the attempts to deliver that failed, and costs nothing while none does', () => {
    expect(metricsIn(lineOf({ ...WELL, deliveriesFailed: 3 }))).toEqual([
      `Hypervigil TickCompleted{Deployment=Trial} 1 @${NOW_MS}`,
      `Hypervigil DeliveriesFailed{Deployment=Trial} 3 @${NOW_MS}`,
    ]);
  });

  it('tells in fields beside what the tick saw and did, of which no metric is made', () => {
    expect(JSON.parse(lineOf(WELL) ?? '')).toMatchObject({
      level: 'INFO',
      message: 'tick',
      function: 'evaluate',
      deployment: 'Trial',
      ...FACTS,
    });
  });

  it('is metrics of all that only where somebody pays for them', () => {
    expect(metricsIn(lineOf(WELL, { detailed: true }))).toEqual([
      `Hypervigil TickCompleted{Deployment=Trial} 1 @${NOW_MS}`,
      `Hypervigil TickDuration{Deployment=Trial} 850 @${NOW_MS}`,
      `Hypervigil TickLag{Deployment=Trial} 31000 @${NOW_MS}`,
      `Hypervigil Hosts{Deployment=Trial} 40 @${NOW_MS}`,
    ]);
  });

  it('is one line, as a log event is', () => {
    expect(lineOf(WELL)).not.toContain('\n');
  });

  it('is not given by a tick whose work another did, nor where there is no deployment', () => {
    expect(lineOf({ ...WELL, superseded: true })).toBeUndefined();
    // One for an urgent batch says nothing of the schedule.
    expect(lineOf(WELL, { isUrgent: true })).toBeUndefined();
    const failed = lineOf({ ...WELL, deliveriesFailed: 2 }, { isUrgent: true });
    expect(failed).toContain('"DeliveriesFailed":2');
    expect(failed).not.toContain('TickCompleted');
    expect(lineOf(WELL, { deployment: undefined })).toBeUndefined();
  });
});
