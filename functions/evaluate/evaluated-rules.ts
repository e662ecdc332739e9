import { MINUTE_MS } from '../../core/host-minute.ts';
import { type Needs, needsOf } from '../../core/rules/needs.ts';
import { DAY_MS } from '../../core/time.ts';
import { TOPOLOGY_METRICS, TOPOLOGY_WINDOW_MS } from '../../core/topology/observe.ts';
import type { ChunkStore } from '../store/chunks.ts';
import { createCompactionProgress } from '../store/compaction-progress.ts';
import type { Table } from '../store/dynamo.ts';
import { createInventoryStore } from '../store/inventory.ts';
import { cacheInventory } from '../store/inventory-cache.ts';
import { createLateHours } from '../store/late-hours.ts';
import { createRollupReader } from '../store/rollup-reader.ts';
import { cacheRollupState } from '../store/rollup-state.ts';
import type { Shards } from '../store/shards.ts';
import type { EvaluatedRules } from './evaluate.ts';
import { RolledHours } from './rolled-hours.ts';
import type { LoadedRules } from './rules.ts';
import { WindowReader } from './window.ts';

/** Rules that look further back see what this time can tell: of a host and hour some 5 KB are read. */
const MAX_WINDOW_MS = DAY_MS;
/** Enough for `up` and for a rule without a range. */
const MIN_WINDOW_MS = 6 * MINUTE_MS;

/** The series that tell where VMs are are kept in any case, however far back rules read. */
function withTopology({ windowMs, keepMs }: Needs): Needs {
  const names: ReadonlySet<string> = new Set(TOPOLOGY_METRICS);
  return {
    windowMs: Math.max(windowMs, TOPOLOGY_WINDOW_MS),
    keepMs: (name) => Math.max(keepMs(name), names.has(name) ? TOPOLOGY_WINDOW_MS : 0),
  };
}

interface Stores {
  readonly table: Table;
  readonly shards: Shards;
  readonly chunks: ChunkStore;
}

/** What rules are evaluated over: the same window for as long as they are the same. */
export function rulesWithWindow({
  table,
  shards,
  chunks,
}: Stores): (rules: LoadedRules) => EvaluatedRules {
  const openWindow = ({ keepMs }: Needs) =>
    new WindowReader(
      chunks.minute,
      keepMs,
      new RolledHours({
        rollups: createRollupReader(table),
        rollupState: cacheRollupState(
          createCompactionProgress(table),
          createLateHours(table),
          shards,
        ),
        inventory: cacheInventory(createInventoryStore(table)),
        keepMs,
      }),
      chunks,
    );
  let evaluated: EvaluatedRules | undefined;
  return ({ groups }) => {
    if (evaluated?.groups === groups) return evaluated;
    // Other rules need other samples, so the window is read anew, as by a cold function.
    const needs = withTopology(needsOf(groups, MIN_WINDOW_MS));
    const windowMs = Math.min(needs.windowMs, MAX_WINDOW_MS);
    evaluated = { groups, windowMs, window: openWindow(needs) };
    return evaluated;
  };
}
