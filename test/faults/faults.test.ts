import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { violations } from './laws.ts';
import { type Plan, plans } from './plan.ts';
import { simulate } from './simulate.ts';
import { timelineOf } from './timeline.ts';

async function holds(plan: Plan): Promise<void> {
  const history = await simulate(plan);
  const wrong = violations(history);
  if (wrong.length > 0) throw new Error(`${wrong.join('\n')}\n${timelineOf(history)}`);
}

describe('whatever befalls ticks', () => {
  test('each beginning and end is told once and in order', { timeout: 120_000 }, async () => {
    await fc.assert(fc.asyncProperty(plans(), holds), {
      numRuns: Number(process.env['RUNS'] ?? 100),
    });
    expect.assertions(0);
  });
});
