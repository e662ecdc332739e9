import type { Invoke } from './lambda-client.ts';

let loaded: Promise<Invoke> | undefined;

/**
 * Calls another Lambda. The client is loaded with the first call: it is a quarter of all that ingest would read at
 * its start, and few batches are urgent.
 */
export async function invoke(input: Parameters<Invoke>[0], withinMs: number): ReturnType<Invoke> {
  const signal = AbortSignal.timeout(withinMs);
  loaded ??= import('./lambda-client.ts').then(({ createInvoke }) => createInvoke());
  const call = await loaded;
  return call(input, signal);
}
