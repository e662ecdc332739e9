import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import type { Work } from '../cost/traffic.ts';

/** What a fleet does to the deployment, measured with small ones: what the simulator scales. */

const Linear = v.object({ fixed: v.number(), perHost: v.number() });

function work<T extends v.GenericSchema>(each: T) {
  return v.object({
    cpuMs: each,
    waits: each,
    tableCalls: each,
    readUnits: each,
    writeUnits: each,
  });
}

const Measured = v.object({
  vmsPerHost: v.number(),
  seriesPerHost: v.number(),
  chunkBytes: v.number(),
  /** Of all that is stored of a host once the oldest is as old as it gets. */
  storedBytesPerHost: v.number(),
  /** Ingest, for each batch. */
  batch: work(v.number()),
  /** The evaluator, for each tick: warm, and having just started. */
  tick: work(Linear),
  coldTick: work(Linear),
  /** What its process holds after all garbage is collected, bytes. */
  tickLiveBytes: Linear,
  /** The compactor, for each hour. */
  compaction: work(Linear),
});
export type MeasuredFleet = v.InferOutput<typeof Measured>;

const Profile = v.object({
  /** The command, when it was, and on what. */
  measuredBy: v.string(),
  fleets: v.array(Measured),
});
export type ScaleProfile = v.InferOutput<typeof Profile>;

const DEFAULT_FILE = new URL('profile.json', import.meta.url);

/** `file` absent: the one that is kept here, of an earlier `--measure`. Throws naming what is wrong in it. */
export function readProfile(file: string | undefined): ScaleProfile {
  return v.parse(Profile, JSON.parse(readFileSync(file ?? DEFAULT_FILE, 'utf8')));
}

/** The measured fleet with so many VMs on each host. Throws if there is none. */
export function fleetOf({ fleets }: ScaleProfile, vmsPerHost: number): MeasuredFleet {
  const found = fleets.find((one) => one.vmsPerHost === vmsPerHost);
  if (found !== undefined) return found;
  const known = fleets.map((one) => one.vmsPerHost).join(', ');
  throw new Error(`--vms ${vmsPerHost}: the profile has fleets with ${known} VMs a host`);
}

type WorkLine = MeasuredFleet['tick'];

/** The work of a call at a number of hosts. */
export function workAt(line: WorkLine, hosts: number): Work {
  const at = ({ fixed, perHost }: v.InferOutput<typeof Linear>) => fixed + perHost * hosts;
  return {
    cpuMs: at(line.cpuMs),
    waits: at(line.waits),
    tableCalls: at(line.tableCalls),
    readUnits: at(line.readUnits),
    writeUnits: at(line.writeUnits),
  };
}
