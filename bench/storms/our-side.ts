import { fileURLToPath } from 'node:url';
import { DEFAULT_EVALUATION } from '../../core/alerting/evaluate-groups.ts';
import type { NotifySettings } from '../../core/alerting/notify.ts';
import { FLAPPING } from '../../core/alertmanager/flapping.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { needsOf } from '../../core/rules/needs.ts';
import { TOPOLOGY_METRICS, TOPOLOGY_WINDOW_MS } from '../../core/topology/observe.ts';
import {
  type EvaluatedRules,
  type EvaluatePorts,
  evaluate,
} from '../../functions/evaluate/evaluate.ts';
import { type LoadedRouting, loadRouting } from '../../functions/evaluate/routing.ts';
import { loadRules } from '../../functions/evaluate/rules.ts';
import { WindowReader } from '../../functions/evaluate/window.ts';
import type { StoredChunk } from '../../functions/store/chunks.ts';
import type { StoredState } from '../../functions/store/state.ts';
import { agentPosts } from './agent-posts.ts';
import { type Told, toldBy } from './told.ts';
import { WORLD_START_MS, type World } from './world.ts';

const RULES_DIR = fileURLToPath(new URL('../../rules', import.meta.url));
const LEAST_WINDOW_MS = 6 * MINUTE_MS;
const RETENTION_MS = 7 * 24 * 60 * MINUTE_MS;
const arn = (name: string) => `arn:aws:sns:local:000000000000:${name}`;

/** The shipped rules and routing, and how far back they look. */
export interface Shipped {
  readonly groups: EvaluatedRules['groups'];
  readonly windowMs: number;
  readonly keepMs: (metric: string) => number;
  readonly routing: LoadedRouting;
}

export function loadShipped(): Shipped {
  const { groups, errors } = loadRules(RULES_DIR);
  const routing = loadRouting(RULES_DIR, {
    TOPIC_ARN_CRITICAL: arn('critical'),
    TOPIC_ARN_WARNING: arn('warning'),
    TOPIC_ARN_INFO: arn('info'),
  });
  const problems = [...errors, ...routing.errors];
  if (problems.length > 0) throw new Error(problems.join('; '));
  const { windowMs, keepMs } = needsOf(groups, LEAST_WINDOW_MS);
  const names: ReadonlySet<string> = new Set(TOPOLOGY_METRICS);
  return {
    groups,
    windowMs: Math.max(windowMs, TOPOLOGY_WINDOW_MS),
    keepMs: (name) => Math.max(keepMs(name), names.has(name) ? TOPOLOGY_WINDOW_MS : 0),
    routing,
  };
}

export function notifySettings({ routing }: Shipped, damped: boolean): NotifySettings {
  return {
    config: routing.config,
    escalations: routing.escalations,
    silences: [],
    acknowledgements: [],
    flapping: damped ? FLAPPING : undefined,
    externalUrl: '',
  };
}

/** For whoever looks at how it is done: a state and a window of their own, and word of each tick. */
export interface Watched {
  readonly state?: EvaluatePorts['state'];
  /** Over what is in the table of a minute at the time. */
  readonly windowOver?: (minuteOf: (minute: number) => readonly StoredChunk[]) => WindowReader;
  readonly onTick?: (minute: number) => void;
}

/**
 * What people are told of a world by Hypervigil as it is deployed: samples each 10 s, batches each
 * minute at an instant of the host's own, a tick on each full minute, the shipped rules and routing.
 * `damped`: whether flapping is.
 */
export async function runOurs(
  world: World,
  shipped: Shipped,
  damped: boolean,
  watched: Watched = {},
): Promise<Told[]> {
  const arrivals = arrivalsOf(world);
  const told: Told[] = [];
  const settings = notifySettings(shipped, damped);
  let nowMs = WORLD_START_MS;
  const window =
    watched.windowOver?.((minute) => arrivals.by(nowMs, minute)) ??
    new WindowReader(async (minute) => arrivals.by(nowMs, minute), shipped.keepMs);
  const ports: EvaluatePorts = {
    rules: async () => ({ groups: shipped.groups, windowMs: shipped.windowMs, window }),
    state: watched.state ?? stateInMemory(),
    evaluation: { ...DEFAULT_EVALUATION, clockMs: () => performance.now() },
    routing: async () => settings,
    delivery: {
      config: shipped.routing.config,
      deliver: async (notification) => {
        told.push(toldBy(notification, (nowMs - WORLD_START_MS) / MINUTE_MS));
        return { ok: true };
      },
      deadLetter: async ({ id }, reason) => {
        throw new Error(`notification ${id} is a dead letter: ${reason}`);
      },
      record: async () => {},
    },
    chunks: { put: async () => true },
    inventory: { update: async () => [] },
    retentionMs: RETENTION_MS,
  };
  for (let minute = 1; minute <= world.minutes; minute++) {
    nowMs = WORLD_START_MS + minute * MINUTE_MS;
    const { errors, superseded } = await evaluate(ports, nowMs, () => nowMs);
    if (superseded || errors.length > 0)
      throw new Error(`${world.name}, minute ${minute}: ${errors.join('; ') || 'superseded'}`);
    watched.onTick?.(minute);
  }
  return told;
}

/** What of a host-minute is in the table at a time; asked for times that rise. */
function arrivalsOf({ hosts, minutes }: World): {
  by: (nowMs: number, minute: number) => StoredChunk[];
} {
  const coming = Object.entries(hosts)
    .flatMap(([host, story]) => agentPosts(host, story, minutes))
    .sort((a, b) => b.arrivesMs - a.arrivesMs);
  const stored = new Map<number, Map<string, StoredChunk>>();
  return {
    by: (nowMs, minute) => {
      for (let next = coming.at(-1); next && next.arrivesMs <= nowMs; next = coming.at(-1)) {
        coming.pop();
        const ofMinute = stored.get(next.minute) ?? new Map<string, StoredChunk>();
        stored.set(next.minute, ofMinute.set(next.writer, next));
      }
      return [...(stored.get(minute)?.values() ?? [])];
    },
  };
}

function stateInMemory(): EvaluatePorts['state'] {
  let state: StoredState = { revision: 0, bytes: undefined, segments: [] };
  return {
    read: async () => state,
    replace: async ({ revision }, after) => {
      if (revision !== state.revision) return false;
      state = { revision: revision + 1, ...after };
      return true;
    },
  };
}
