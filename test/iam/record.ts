import type { FunctionName } from '../../infra/aws/hypervigil.ts';
import type { Account } from './account.ts';
import { evaluate, ROUTING, RULES, sendFleet } from './alert-scenes.ts';
import { api } from './api-scene.ts';
import type { Recorded } from './recorder.ts';
import { compact, enroll, ingest, install, remoteWrite, type Scene } from './scenes.ts';
import { startWorld } from './world.ts';

/** In this order: what one leaves in the table the next ones find. */
const SCENES: Readonly<Record<FunctionName, Scene>> = {
  evaluate,
  ingest,
  'remote-write': remoteWrite,
  compact,
  enroll,
  install,
  api,
};

/** A deployment, and what its functions called in it: by function; `recorder`: what was not understood. */
export interface Recording {
  readonly account: Account;
  readonly calls: ReadonlyMap<string, readonly Recorded[]>;
}

/** Minutes, hours, hosts and shards differ by numbers: of thousands of partitions one of a kind is enough. */
function kindOf({ caller, action, resource, context }: Recorded): string {
  const keys = [context?.['dynamodb:LeadingKeys'] ?? []].flat();
  const kinds = new Set(keys.map((key) => key.replace(/\d+/g, 'N')));
  return JSON.stringify([caller, action, resource, ...kinds]);
}

/** What each function calls in its scene, one call of a kind. */
export async function recordAll(): Promise<Recording> {
  const world = await startWorld({ routing: ROUTING, rules: RULES });
  // The evaluator goes by the real clock, and believes a time only so long.
  const nowMs = Date.now();
  try {
    await sendFleet(world, nowMs);
    const signed: Recorded[] = [];
    for (const [name, scene] of Object.entries(SCENES))
      for (const call of await scene(world, nowMs)) signed.push({ ...call, caller: name });
    const all = [...world.recorder.calls(), ...signed];
    const distinct = new Map(all.map((call) => [kindOf(call), call]));
    const calls = Map.groupBy(distinct.values(), ({ caller }) => caller);
    return { account: world.account, calls };
  } finally {
    await world.close();
  }
}
