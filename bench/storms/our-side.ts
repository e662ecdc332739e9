import { fileURLToPath } from 'node:url';
import { MinuteBuffer } from '../../agent/minute-buffer.ts';
import type { Point, Sample } from '../../agent/sample.ts';
import type { NotifySettings } from '../../core/alerting/notify.ts';
import { FLAPPING } from '../../core/alertmanager/flapping.ts';
import { MINUTE_MS, minuteOf, phaseMs } from '../../core/host-minute.ts';
import { needsOf } from '../../core/rules/needs.ts';
import { labelsFrom, labelsKey, METRIC_NAME } from '../../core/series/labels.ts';
import { TOPOLOGY_METRICS, TOPOLOGY_WINDOW_MS } from '../../core/topology/observe.ts';
import { type EvaluatePorts, evaluate } from '../../functions/evaluate/evaluate.ts';
import { type LoadedRouting, loadRouting } from '../../functions/evaluate/routing.ts';
import { loadRules } from '../../functions/evaluate/rules.ts';
import { WindowReader } from '../../functions/evaluate/window.ts';
import type { StoredChunk } from '../../functions/store/chunks.ts';
import { type Told, toldBy } from './told.ts';
import {
  type HostStory,
  isReachable,
  readingsAt,
  SAMPLE_MS,
  WORLD_START_MS,
  type World,
} from './world.ts';

/** From the last sample of a batch until it is stored: one post over the Internet, one write. */
export const POST_MS = 1000;

const RULES_DIR = fileURLToPath(new URL('../../rules', import.meta.url));
const LEAST_WINDOW_MS = 6 * MINUTE_MS;
const RETENTION_MS = 7 * 24 * 60 * MINUTE_MS;
const arn = (name: string) => `arn:aws:sns:local:000000000000:${name}`;

/** The shipped rules and routing, and how far back they look. */
export interface Shipped {
  readonly groups: EvaluatePorts['groups'];
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

/**
 * What people are told of a world by Hypervigil as it is deployed: samples each 10 s, batches each
 * minute at an instant of the host's own, a tick on each full minute, the shipped rules and routing.
 * `damped`: whether flapping is.
 */
export async function runOurs(world: World, shipped: Shipped, damped: boolean): Promise<Told[]> {
  const chunks = Object.entries(world.hosts)
    .flatMap(([host, story]) => postsOf(host, story, world.minutes))
    .sort((a, b) => a.arrivesMs - b.arrivesMs);
  const stored = new Map<number, Map<string, StoredChunk>>();
  let arrived = 0;
  let state: { revision: number; bytes: Uint8Array | undefined } = {
    revision: 0,
    bytes: undefined,
  };
  const told: Told[] = [];
  const settings = notifySettings(shipped, damped);
  let nowMs = WORLD_START_MS;
  const ports: EvaluatePorts = {
    groups: shipped.groups,
    windowMs: shipped.windowMs,
    window: new WindowReader(
      async (minute) => [...(stored.get(minute)?.values() ?? [])],
      shipped.keepMs,
    ),
    state: {
      read: async () => state,
      replace: async (revision, bytes) => {
        if (revision !== state.revision) return false;
        state = { revision: revision + 1, bytes };
        return true;
      },
    },
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
    for (; (chunks[arrived]?.arrivesMs ?? Number.POSITIVE_INFINITY) <= nowMs; arrived++) {
      const chunk = chunks[arrived];
      if (chunk === undefined) break;
      const ofMinute = stored.get(chunk.minute) ?? new Map<string, StoredChunk>();
      stored.set(chunk.minute, ofMinute.set(chunk.writer, chunk));
    }
    const { errors, superseded } = await evaluate(ports, nowMs, () => nowMs);
    if (superseded || errors.length > 0)
      throw new Error(`${world.name}, minute ${minute}: ${errors.join('; ') || 'superseded'}`);
  }
  return told;
}

interface Post extends StoredChunk {
  readonly arrivesMs: number;
}

/** What the agents of one host post: a chunk for each minute, and one for a goodbye. */
function postsOf(host: string, story: HostStory, minutes: number): Post[] {
  const posts: Post[] = [];
  const phase = phaseMs(host);
  let open: Sample[] = [];
  let present = new Map<string, Point>();
  const post = (): void => {
    const post = postOf(host, open, story);
    if (post !== undefined) posts.push(post);
  };
  const add = (sample: Sample): void => {
    const minute = minuteOf(host, sample.timestampMs);
    if (open[0] !== undefined && minuteOf(host, open[0].timestampMs) !== minute) open = [];
    open.push(sample);
  };
  const endMs = WORLD_START_MS + minutes * MINUTE_MS;
  const goodbyes = [...(story.goodbyes ?? [])];
  for (let atMs = WORLD_START_MS + (phase % SAMPLE_MS); atMs < endMs; atMs += SAMPLE_MS) {
    const minute = (atMs - WORLD_START_MS) / MINUTE_MS;
    const goodbye = goodbyes[0];
    if (goodbye !== undefined && goodbye.minute <= minute) {
      goodbyes.shift();
      const labels = { [METRIC_NAME]: 'hypervigil_agent_stopped', host, reason: goodbye.reason };
      const stoppedMs = Math.floor(WORLD_START_MS + goodbye.minute * MINUTE_MS) - 1;
      add({ timestampMs: stoppedMs, points: [pointOf(labelsFrom(labels), 1)] });
      post();
      present = new Map();
    }
    const readings = readingsAt(host, story, minute);
    if (readings === undefined) {
      // What a host that died had not sent is lost; after a goodbye all is sent.
      if (goodbye === undefined) open = [];
      present = new Map();
      continue;
    }
    const now = new Map(
      readings.map(({ labels, value }) => [labelsKey(labels), pointOf(labels, value)] as const),
    );
    const points: Point[] = [...now.values()];
    for (const [key, { labels }] of present) {
      if (now.has(key)) continue;
      // A collector that fails ends no series.
      if (isLibvirtDown(readings)) now.set(key, pointOf(labels, 0));
      else points.push({ key, labels, value: 'ended' });
    }
    present = now;
    add({ timestampMs: atMs, points });
    if (minuteOf(host, atMs + SAMPLE_MS) !== minuteOf(host, atMs)) post();
  }
  return posts;
}

function pointOf(labels: Point['labels'], value: number): Point {
  return { key: labelsKey(labels), labels, value };
}

function isLibvirtDown(readings: readonly Pick<Point, 'labels' | 'value'>[]): boolean {
  return readings.some(
    ({ labels, value }) => labels.includes('hypervigil_agent_collector_up') && value === 0,
  );
}

/** The minute so far as its agent sends it; a host that is cut off sends it with its next post after that. */
function postOf(host: string, samples: readonly Sample[], story: HostStory): Post | undefined {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const buffer = new MinuteBuffer(host, new Map());
  for (const sample of samples) buffer.add(sample);
  const batch = buffer.soFar();
  if (batch === undefined) return undefined;
  let sentMs = last.timestampMs;
  while (!isReachable(story, (sentMs - WORLD_START_MS) / MINUTE_MS)) sentMs += MINUTE_MS;
  return {
    writer: host,
    minute: batch.minute,
    bytes: batch.chunk,
    firstMs: first.timestampMs,
    sampleCount: batch.sampleCount,
    arrivesMs: sentMs + POST_MS + (story.lateMs?.(batch.minute) ?? 0),
  };
}
