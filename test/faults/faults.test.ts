import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dynamoStore } from './dynamo-store.ts';
import { type Fault, largePlans, type Plan, type PlannedMinute, plans } from './plan.ts';
import { play } from './play.ts';
import { LONG_NAMES_FROM } from './world.ts';

/** DynamoDB's. */
const ITEM_MAX_BYTES = 400 << 10;
const SEED = 20_261_123;

describe('whatever befalls ticks, each beginning and end is told once and in order', () => {
  test('with a state in one item', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(plans(), async (plan) => {
        await play(plan);
      }),
      { numRuns: 120, seed: SEED },
    );
  });

  test('with a state in many parts, each call to the table failing by itself', {
    timeout: 120_000,
  }, async () => {
    const store = dynamoStore({ partBytes: 300, maxParts: 100 });
    await fc.assert(
      fc.asyncProperty(plans(15, 40), async (plan) => {
        await play(plan, store);
      }),
      { numRuns: 25, seed: SEED },
    );
  });

  test('with a state larger than an item', { timeout: 120_000 }, async () => {
    let largest = 0;
    await fc.assert(
      fc.asyncProperty(largePlans(5, LONG_NAMES_FROM, 3000), async (plan) => {
        const { stateBytesMax } = await play(plan, dynamoStore());
        largest = Math.max(largest, stateBytesMax);
      }),
      { numRuns: 1, seed: SEED, endOnFailure: true },
    );
    expect(largest).toBeGreaterThan(ITEM_MAX_BYTES);
  });
});

describe('one fault', () => {
  const calm: PlannedMinute = { isSkipped: false, lateS: 0, faults: [], second: undefined };
  /** An alert from the second to the fourth minute; what befalls the tick that first sees it. */
  function planWith(faults: readonly Fault[], rest: Partial<Plan> = {}): Plan {
    return {
      alerts: [{ rule: 'Strict', host: 0, episodes: [[70, 190]], lasts: false }],
      minutes: [calm, calm, { ...calm, faults }, calm, calm, calm],
      jumps: [],
      outages: [],
      silences: [],
      acknowledged: [],
      editedAtMinute: undefined,
      damped: false,
      ...rest,
    };
  }
  const told = async (plan: Plan): Promise<string[]> =>
    (await play(plan)).messages.map(({ notification: { status } }) => status);
  // A tick reads its state, the window and the silences, and writes; sends alerts, delivers, reads and writes again.
  const DELIVER = 5;
  const NOTE = 6;

  test('befalls nobody without one', async () => {
    expect(await told(planWith([]))).toEqual(['firing', 'resolved']);
  });

  test('of the table, while what was delivered is noted, makes nobody hear it twice', async () => {
    const faults = [{ call: NOTE, kind: 'refused', delayS: 0 }] as const;
    expect(await told(planWith(faults))).toEqual(['firing', 'resolved']);
  });

  test('that hides whether a message arrived makes it come twice, once', async () => {
    const faults = [{ call: DELIVER, kind: 'answer lost', delayS: 0 }] as const;
    expect(await told(planWith(faults))).toEqual(['firing', 'firing', 'resolved']);
  });

  test('of a clock set back while a message is on its way makes nobody hear it twice', async () => {
    const faults = [{ call: DELIVER, kind: 'slow after', delayS: 50 }] as const;
    const jumps = [{ atS: 130, byS: -3600 }];
    const urgent = { isRetry: false, afterS: 25, faults: [] };
    const minutes = [calm, calm, { ...calm, faults, second: urgent }, calm, calm, calm];
    expect(await told(planWith([], { jumps, minutes }))).toEqual(['firing', 'resolved']);
  });

  test('of a receiver, while an alert changes groups, makes nobody hear of the end first', async () => {
    const alerts = [{ rule: 'Strict', host: 0, episodes: [[70, 500]], lasts: false }] as const;
    const outages = [{ of: 'pager', fromMinute: 1, minutes: 12 }] as const;
    const minutes = Array.from({ length: 12 }, () => calm);
    const plan = planWith([], { alerts, outages, minutes, editedAtMinute: 5 });
    expect(await told(plan)).toEqual(['firing', 'resolved']);
  });
});
