/**
 * `node bench/faults.ts [--runs N] [--seed N] [--parts]`: the evaluator under random schedules of faults,
 * the laws of `test/faults/laws.ts` checked on each. With `--parts` its state is in the real store, in many
 * parts, and each call to the table can fail. Exits with 1 and the smallest schedule found that breaks one.
 */
import { parseArgs } from 'node:util';
import * as fc from 'fast-check';
import { dynamoStore } from '../test/faults/dynamo-store.ts';
import { isAmbiguous } from '../test/faults/laws.ts';
import { plans } from '../test/faults/plan.ts';
import { play } from '../test/faults/play.ts';
import type { History } from '../test/faults/simulate.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    parts: { type: 'boolean', default: false },
  },
});
const numRuns = Number(values.runs);
const seed = Number(values.seed);

const totals = new Map<string, number>();

function count(what: string, by: number): void {
  totals.set(what, (totals.get(what) ?? 0) + by);
}

function note(history: History): void {
  const { plan, runs, commits, messages } = history;
  count('schedules', 1);
  count('ticks', runs.length);
  count('ticks that wrote state', commits.length);
  count(
    'ticks that crashed or were killed',
    runs.filter(({ diedMs }) => diedMs !== undefined).length,
  );
  count('ticks that ran beside another', parallel(history));
  count('schedules in which the clock jumped', plan.jumps.length > 0 ? 1 : 0);
  count('schedules with an outage of a receiver or the table', plan.outages.length > 0 ? 1 : 0);
  count('messages delivered', messages.length);
  const ambiguous = messages.filter((message) =>
    isAmbiguous(history, message, Number.POSITIVE_INFINITY),
  );
  count('of which ambiguous', ambiguous.length);
  const ids = new Set(messages.map(({ notification: { receiver, id } }) => `${receiver} ${id}`));
  count('of which came again, being ambiguous', messages.length - ids.size);
}

function parallel({ runs }: History): number {
  const endOf = (run: (typeof runs)[number]) => run.diedMs ?? run.endedMs ?? run.startedMs;
  const inOrder = runs.toSorted((a, b) => a.startedMs - b.startedMs);
  let latestMs = Number.NEGATIVE_INFINITY;
  let beside = 0;
  for (const run of inOrder) {
    if (run.startedMs < latestMs) beside++;
    latestMs = Math.max(latestMs, endOf(run));
  }
  return beside;
}

const store = values.parts ? dynamoStore({ partBytes: 300, maxParts: 1000 }) : undefined;
const startedMs = performance.now();
const result = await fc.check(
  fc.asyncProperty(values.parts ? plans(20, 40) : plans(), async (plan) => {
    note(await play(plan, store));
  }),
  { numRuns, seed },
);
const tookS = (performance.now() - startedMs) / 1000;
for (const [what, number] of totals) console.log(`${String(number).padStart(12)}  ${what}`);
console.log(`${tookS.toFixed(1).padStart(12)}  seconds; seed ${seed}`);
if (result.failed) {
  console.log(`FAILED after ${result.numRuns} schedules: ${fc.stringify(result.counterexample)}`);
  console.log(result.errorInstance instanceof Error ? result.errorInstance.message : '');
  process.exitCode = 1;
} else console.log(`          ok  no law was broken`);
