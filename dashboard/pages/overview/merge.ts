import type {
  FleetAlerts,
  FleetAnswer,
  FleetLayout,
  FleetStates,
  FleetValues,
} from '../../../core/answers/fleet.ts';

/** The fleet as it is known here. */
export interface Fleet {
  readonly version: string;
  readonly asOfMs: number;
  /** How long ago that was, if that is too long. */
  readonly staleMs?: number | undefined;
  readonly layout: FleetLayout;
  readonly states: FleetStates;
  /** `undefined`: who asks may not see alerts. */
  readonly alerts: FleetAlerts | undefined;
  /** Of the metric that was asked for last. */
  readonly values: FleetValues | undefined;
}

/** Which layout a version is of; its UUIDs are asked for by that. */
export function layoutVersion({ version }: Pick<Fleet, 'version'>): string {
  return version.slice(0, version.indexOf('.'));
}

/**
 * What was known, with what an answer says anew. What is the same stays the very same object.
 *
 * @returns `undefined` where the answer leaves out what is not known: all has to be asked for
 */
export function mergeAnswer(before: Fleet | undefined, answer: FleetAnswer): Fleet | undefined {
  const layout = answer.layout ?? before?.layout;
  const states = answer.states ?? changed(before?.states, answer.changes);
  if (layout === undefined || states === undefined) return undefined;
  const isSameLayout = layout === before?.layout;
  return {
    version: answer.version,
    asOfMs: answer.asOfMs,
    staleMs: answer.staleMs,
    layout,
    states,
    alerts:
      answer.alerts === undefined && isSameLayout ? before?.alerts : (answer.alerts ?? undefined),
    // Values are in the order of a layout.
    values: answer.values ?? (isSameLayout ? before?.values : undefined),
  };
}

function changed(
  before: FleetStates | undefined,
  changes: FleetAnswer['changes'],
): FleetStates | undefined {
  if (before === undefined || changes === undefined) return before;
  const [hosts, silentSinceS] = withRows(before.hosts, before.silentSinceS, changes.hosts);
  const [vms, vmSinceS] = withRows(before.vms, before.vmSinceS, changes.vms);
  return { hosts, silentSinceS, vms, vmSinceS };
}

function withRows(
  states: readonly number[],
  sinceS: readonly number[],
  rows: readonly (readonly [number, number, number])[],
): [readonly number[], readonly number[]] {
  if (rows.length === 0) return [states, sinceS];
  const newStates = [...states];
  const newSinceS = [...sinceS];
  for (const [index, state, since] of rows) {
    newStates[index] = state;
    newSinceS[index] = since;
  }
  return [newStates, newSinceS];
}
