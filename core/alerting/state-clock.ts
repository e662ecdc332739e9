import * as v from 'valibot';
import { MINUTE_MS } from '../host-minute.ts';
import { compareStrings } from '../series/labels.ts';
import { heardMinute } from './host-record.ts';
import { groupEvaluationSchema, type TickState } from './tick-state.ts';

/** What of the state changes at every tick, whatever happens; with the order of what has one. */
export const stateClockSchema = v.object({
  lastTickMs: v.number(),
  clockSetBacks: v.number(),
  topologyAtMs: v.number(),
  evaluations: v.record(v.string(), groupEvaluationSchema),
  /** How many minutes before the tick's a host was last heard in, by the hosts' names in order. */
  hostMinutesAgo: v.array(v.number()),
  /** Ids of notifications, with attempts and the time until which nobody may take them. */
  outbox: v.array(v.tuple([v.string(), v.number(), v.number()])),
  /** Of notifications that go to several and reached some: who is left to be told, by their ids. Absent: of none. */
  outboxRemaining: v.exactOptional(v.record(v.string(), v.array(v.string()))),
});

export type StateClock = Readonly<v.InferOutput<typeof stateClockSchema>>;

export function clockOf(state: TickState): StateClock {
  const { lastTickMs, clockSetBacks, evaluations, topology, outbox } = state;
  const hosts = topology.hosts.toSorted((a, b) => compareStrings(a.host, b.host));
  const minute = Math.floor(lastTickMs / MINUTE_MS);
  const left = outbox.flatMap(({ notification: { id }, remaining }): [string, string[]][] =>
    remaining === undefined ? [] : [[id, [...remaining]]],
  );
  return {
    lastTickMs,
    clockSetBacks,
    topologyAtMs: topology.atMs,
    evaluations: { ...evaluations },
    hostMinutesAgo: hosts.map((host) => minute - heardMinute(host)),
    outbox: outbox.map(({ notification: { id }, attempts, notBeforeMs }) => [
      id,
      attempts,
      notBeforeMs,
    ]),
    ...(left.length === 0 ? {} : { outboxRemaining: Object.fromEntries(left) }),
  };
}

/** In which minute each host was last heard; `hosts` are the names of those that there are. Throws where they are others. */
export function heardMinutes(
  { lastTickMs, hostMinutesAgo }: StateClock,
  hosts: readonly string[],
): Map<string, number> {
  if (hosts.length !== hostMinutesAgo.length)
    throw new Error(`the state tells of ${hostMinutesAgo.length} hosts and has ${hosts.length}`);
  const minute = Math.floor(lastTickMs / MINUTE_MS);
  return new Map(
    hosts.toSorted(compareStrings).map((host, i) => [host, minute - (hostMinutesAgo[i] ?? 0)]),
  );
}
