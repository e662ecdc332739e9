import {
  InvokeCommand,
  type InvokeCommandInput,
  type InvokeCommandOutput,
  LambdaClient,
} from '@aws-sdk/client-lambda';

/** Calls another Lambda; after a fault that passes, once more. */
export type Invoke = (
  input: InvokeCommandInput,
  abortSignal: AbortSignal,
) => Promise<InvokeCommandOutput>;

export function createInvoke(): Invoke {
  const client = new LambdaClient({ maxAttempts: 2 });
  return (input, abortSignal) => client.send(new InvokeCommand(input), { abortSignal });
}
