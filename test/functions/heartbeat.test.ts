import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { heartbeatLine } from '../../functions/evaluate/heartbeat.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const WELL = { superseded: false, deliveriesFailed: 0 };

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
    expect(metricsIn(heartbeatLine(WELL, 'Trial', NOW_MS))).toEqual([
      `Hypervigil TickCompleted{Deployment=Trial} 1 @${NOW_MS}`,
    ]);
  });

  it('counts the attempts to deliver that failed, and costs nothing while none does', () => {
    expect(metricsIn(heartbeatLine({ ...WELL, deliveriesFailed: 3 }, 'Trial', NOW_MS))).toEqual([
      `Hypervigil TickCompleted{Deployment=Trial} 1 @${NOW_MS}`,
      `Hypervigil DeliveriesFailed{Deployment=Trial} 3 @${NOW_MS}`,
    ]);
  });

  it('is one line, as a log event is', () => {
    expect(heartbeatLine(WELL, 'Trial', NOW_MS)).not.toContain('\n');
  });

  it('is not given by a tick whose work another did, nor where there is no deployment', () => {
    expect(heartbeatLine({ ...WELL, superseded: true }, 'Trial', NOW_MS)).toBeUndefined();
    // One for an urgent batch says nothing of the schedule.
    expect(heartbeatLine(WELL, 'Trial', NOW_MS, true)).toBeUndefined();
    const failed = heartbeatLine({ ...WELL, deliveriesFailed: 2 }, 'Trial', NOW_MS, true);
    expect(failed).toContain('"DeliveriesFailed":2');
    expect(failed).not.toContain('TickCompleted');
    expect(heartbeatLine(WELL, undefined, NOW_MS)).toBeUndefined();
  });
});
