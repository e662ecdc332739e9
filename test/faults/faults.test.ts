import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dynamoStore } from './dynamo-store.ts';
import { largePlans, plans } from './plan.ts';
import { play } from './play.ts';
import { LONG_NAMES_FROM } from './world.ts';

/** DynamoDB's. */
const ITEM_MAX_BYTES = 400 << 10;
const SEED = 20_261_123;

describe('whatever befalls ticks, each beginning and end is told once and in order', () => {
  test('with a state in one item', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(plans(), async (plan) => {
        await play(plan);
      }),
      { numRuns: 150, seed: SEED },
    );
  });

  test('with a state in many parts, each call to the table failing by itself', {
    timeout: 60_000,
  }, async () => {
    const store = dynamoStore({ partBytes: 300, maxParts: 100 });
    await fc.assert(
      fc.asyncProperty(plans(15, 40), async (plan) => {
        await play(plan, store);
      }),
      { numRuns: 40, seed: SEED },
    );
  });

  test('with a state larger than an item', { timeout: 60_000 }, async () => {
    let largest = 0;
    await fc.assert(
      fc.asyncProperty(largePlans(5, LONG_NAMES_FROM, 4000), async (plan) => {
        const { stateBytesMax } = await play(plan, dynamoStore());
        largest = Math.max(largest, stateBytesMax);
      }),
      { numRuns: 2, seed: SEED, endOnFailure: true },
    );
    expect(largest).toBeGreaterThan(ITEM_MAX_BYTES);
  });
});
