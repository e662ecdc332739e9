import type { FleetAnswer, FleetIds } from '../../../core/answers/fleet.ts';
import { wholeId } from '../../../core/answers/fleet-ids.ts';
import { ask } from '../../api/client.ts';
import { type Polled, usePolled } from '../../api/poll.ts';
import { type Fleet, layoutVersion, mergeAnswer } from './merge.ts';

/** Where nothing happened a poll reads one item of some hundred bytes, for all who look together. */
const EVERY_MS = 4000;

/** What is known, also while another page is open: who comes back asks for what has changed. */
let held: Fleet | undefined;

/** The fleet, and what has changed every few seconds; with the values of a metric, if one is named. */
export function useFleet(metric: string): Polled<Fleet> {
  const polled = usePolled(`fleet ${metric}`, (signal) => load(metric, signal), EVERY_MS);
  // Of another metric all but the values holds.
  return held === undefined || polled.data !== undefined ? polled : { ...polled, data: held };
}

async function load(metric: string, signal: AbortSignal): Promise<Fleet> {
  const before = held;
  const answer = await askFleet(metric, before?.version, signal);
  let merged = mergeAnswer(before, answer);
  merged ??= mergeAnswer(undefined, await askFleet(metric, undefined, signal));
  if (merged === undefined) throw new Error('the fleet was not told whole');
  held = merged;
  return merged;
}

function askFleet(
  metric: string,
  version: string | undefined,
  signal: AbortSignal,
): Promise<FleetAnswer> {
  const query = { version, metric: metric === '' ? undefined : metric };
  return ask<FleetAnswer>('api/v1/fleet', { query, signal });
}

/** The UUIDs of a layout's VMs in its order; `undefined` until they are here. */
export function useIds(fleet: Fleet | undefined): readonly string[] | undefined {
  const wanted = fleet === undefined ? '' : layoutVersion(fleet);
  const { data } = usePolled(
    wanted === '' ? '' : `fleet-ids ${wanted}`,
    async (signal) => {
      const { layout, uuids } = await ask<FleetIds>('api/v1/fleet', {
        query: { ids: 'true' },
        signal,
      });
      return { layout, uuids: uuids.map(wholeId) };
    },
    // What is of another layout already: this page learns of that within a poll.
    undefined,
  );
  return data?.layout === wanted ? data.uuids : undefined;
}
