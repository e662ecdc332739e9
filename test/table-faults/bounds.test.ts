import * as v from 'valibot';
import { expect, test } from 'vitest';
import { PATIENCE_MS } from '../../functions/store/patience.ts';
import { synthesized } from '../infra/synthesized.ts';

/** What a function does beside its calls of the table, in ms, at most; see `PATIENCE_MS`. */
const FUNCTIONS = [
  // Until 9 s it waits for a tick that it starts; agents wait 10 s.
  ["Checks and stores agents' batches", PATIENCE_MS.ingest, 5000],
  [/write remotely/, PATIENCE_MS.remoteWrite, 5000],
  [/enrolment tokens/, PATIENCE_MS.enrol, 1000],
  [/what installs agents/, PATIENCE_MS.install, 1000],
  [/HTTP APIs/, PATIENCE_MS.api, 2000],
  [/Evaluates/, PATIENCE_MS.evaluate, 3000],
  [/Rolls up/, 840_000 + PATIENCE_MS.compactExtra, 30_000],
] as const;

const template = synthesized();

const Resource = v.object({
  Properties: v.object({
    Description: v.optional(v.string(), ''),
    Timeout: v.optional(v.number()),
  }),
});

test.each(FUNCTIONS)(
  '%s has time for the table, and for all else, within its timeout',
  (name, ofTableMs, besideMs) => {
    const functions = Object.values(template.findResources('AWS::Lambda::Function'))
      .map((resource) => v.parse(Resource, resource).Properties)
      .filter(({ Description }) =>
        typeof name === 'string' ? Description === name : name.test(Description),
      );
    expect(functions).toHaveLength(1);
    const [{ Timeout = 0 } = {}] = functions;
    expect(ofTableMs + besideMs).toBeLessThanOrEqual(Timeout * 1000);
  },
);

test('a tick that reads for as long as it may can still write, deliver and note it', () => {
  const { evaluate, evaluateRead, evaluateSettle } = PATIENCE_MS;
  expect(evaluate - evaluateRead - evaluateSettle).toBeGreaterThanOrEqual(10_000);
});
