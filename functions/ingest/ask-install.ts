import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import * as v from 'valibot';
import { invoke } from './invoke.ts';

/** Hands an event on, and gives the answer; `undefined` when none came in time. */
export type AskInstall = (
  event: LambdaFunctionURLEvent,
) => Promise<LambdaFunctionURLResult | undefined>;

/** Below our own 10 s, so that there is time left to say it. */
const ANSWER_WITHIN_MS = 8500;

const Answer = v.object({
  statusCode: v.number(),
  headers: v.record(v.string(), v.string()),
  body: v.string(),
});

/**
 * Asks another function for what it would answer to this event. It is not redirected to: nobody but us
 * may call it, and whoever asks keeps to one address, which alone he tells his credential.
 */
export function lambdaInstall(functionName: string): AskInstall {
  return async ({ body: _, ...event }) => {
    const asked = JSON.stringify({ ...event, isBase64Encoded: false });
    const { Payload, FunctionError } = await invoke(
      { FunctionName: functionName, Payload: asked },
      ANSWER_WITHIN_MS,
    );
    if (FunctionError !== undefined) return undefined;
    return v.parse(Answer, JSON.parse(Buffer.from(Payload ?? []).toString()));
  };
}
