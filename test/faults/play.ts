import { violations } from './laws.ts';
import type { Plan } from './plan.ts';
import { type History, type MakeStore, simulate } from './simulate.ts';
import { timelineOf } from './timeline.ts';

/** Plays a plan; throws with all that happened if something was not as it must be. */
export async function play(plan: Plan, makeStore?: MakeStore): Promise<History> {
  const history = await simulate(plan, makeStore);
  const wrong = violations(history);
  if (wrong.length > 0) throw new Error(`${wrong.join('\n')}\n${timelineOf(history)}`);
  return history;
}
