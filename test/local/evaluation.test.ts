import { expect, test } from 'vitest';
import type { EvaluateReport } from '../../functions/evaluate/evaluate.ts';
import { createEvaluation } from '../../infra/local/evaluation.ts';

const REPORT: EvaluateReport = {
  atMs: 0,
  firing: [],
  pending: [],
  hosts: [],
  errors: [],
  published: [],
  superseded: false,
  deliveriesFailed: 0,
};

/** What the reporter was told, in order. */
function evaluation(evaluate: (dueMs: number) => Promise<EvaluateReport>, isHeld = () => false) {
  const told: unknown[] = [];
  const reporter = {
    tick: (report: EvaluateReport) => void told.push(report),
    problem: (where: string, problem: string | undefined) => void told.push([where, problem]),
  };
  return { told, run: createEvaluation(evaluate, reporter, isHeld) };
}

test('a tick is reported, and that nothing is wrong (any more)', async () => {
  const { told, run } = evaluation(async () => REPORT);
  await run(60_000);
  expect(told).toEqual([REPORT, ['evaluation', undefined]]);
});

test('rules are evaluated for the time the tick was due, not when it got round to it', async () => {
  const due: number[] = [];
  const { run } = evaluation(async (dueMs) => {
    due.push(dueMs);
    return REPORT;
  });
  await run(60_000);
  expect(due).toEqual([60_000]);
});

test('errors of a tick are one line', async () => {
  const { told, run } = evaluation(async () => ({ ...REPORT, errors: ['a', 'b'] }));
  await run(60_000);
  expect(told[1]).toEqual(['evaluation', 'a; b']);
});

test('a tick that fails is told, and the schedule goes on', async () => {
  const { told, run } = evaluation(async () => {
    throw new Error('the table is away');
  });
  await run(60_000);
  expect(told).toEqual([['evaluation', 'the table is away']]);
});

test('before the first numbers after a start nothing is evaluated: all hosts would look dead', async () => {
  let held = true;
  const { told, run } = evaluation(
    async () => REPORT,
    () => held,
  );
  await run(60_000);
  expect(told).toEqual([]);
  held = false;
  await run(60_000);
  expect(told).toHaveLength(2);
});

test('a tick whose work another did is not reported: it knows nothing', async () => {
  const { told, run } = evaluation(async () => ({ ...REPORT, superseded: true }));
  await run(60_000);
  expect(told).toEqual([]);
});
