import { MinuteBuffer } from '../../agent/minute-buffer.ts';
import type { Point, Sample } from '../../agent/sample.ts';
import { MINUTE_MS, minuteOf, phaseMs } from '../../core/host-minute.ts';
import { labelsFrom, labelsKey, METRIC_NAME } from '../../core/series/labels.ts';
import type { StoredChunk } from '../../functions/store/chunks.ts';
import { type HostStory, isReachable, readingsAt, SAMPLE_MS, WORLD_START_MS } from './world.ts';

/** From the last sample of a batch until it is stored: one post over the Internet, one write. */
export const POST_MS = 1000;

/** What an agent posts at once, and when it is in the table. */
export interface AgentPost extends StoredChunk {
  readonly arrivesMs: number;
}

/** What the agents of one host post in all: a chunk at the end of each host-minute, and one for a goodbye. */
export function agentPosts(host: string, story: HostStory, minutes: number): AgentPost[] {
  const posts: AgentPost[] = [];
  const goodbyes = [...(story.goodbyes ?? [])];
  const agent = new SimulatedAgent(host);
  const post = (): void => {
    posts.push(...postOf(host, agent.minute, story));
  };
  const endMs = WORLD_START_MS + minutes * MINUTE_MS;
  for (let atMs = WORLD_START_MS + (phaseMs(host) % SAMPLE_MS); atMs < endMs; atMs += SAMPLE_MS) {
    const minute = (atMs - WORLD_START_MS) / MINUTE_MS;
    const [goodbye] = goodbyes;
    if (goodbye !== undefined && goodbye.minute <= minute) {
      goodbyes.shift();
      agent.farewell(WORLD_START_MS + goodbye.minute * MINUTE_MS, goodbye.reason);
      post();
    }
    const readings = readingsAt(host, story, minute);
    if (readings === undefined) agent.fallSilent();
    else agent.sample(atMs, readings);
    const isLast = minuteOf(host, atMs + SAMPLE_MS) !== minuteOf(host, atMs);
    if (readings !== undefined && isLast) post();
  }
  return posts;
}

/** The agents of a host, one after another, as far as what they send goes. */
class SimulatedAgent {
  readonly #host: string;
  #minute: Sample[] = [];
  /** Series of the sample before, which a new agent knows nothing of. */
  #present = new Map<string, Point>();
  #saidGoodbye = false;

  constructor(host: string) {
    this.#host = host;
  }

  /** The samples of the minute so far that are not lost. */
  get minute(): readonly Sample[] {
    return this.#minute;
  }

  sample(atMs: number, readings: readonly Pick<Point, 'labels' | 'value'>[]): void {
    this.#saidGoodbye = false;
    const now = new Map(
      readings.map(({ labels, value }) => [labelsKey(labels), pointOf(labels, value)] as const),
    );
    const points: Point[] = [...now.values()];
    const isLibvirtDown = readings.some(
      ({ labels, value }) => labels.includes('hypervigil_agent_collector_up') && value === 0,
    );
    for (const [key, before] of this.#present) {
      if (now.has(key)) continue;
      // A collector that fails ends no series: nobody knows.
      if (isLibvirtDown) now.set(key, before);
      else points.push({ ...before, value: 'ended' });
    }
    this.#present = now;
    this.#add({ timestampMs: atMs, points });
  }

  /** Says why it stops, a moment before the given time. */
  farewell(atMs: number, reason: string): void {
    const labels = { [METRIC_NAME]: 'hypervigil_agent_stopped', host: this.#host, reason };
    this.#add({ timestampMs: Math.floor(atMs) - 1, points: [pointOf(labelsFrom(labels), 1)] });
    this.#saidGoodbye = true;
  }

  /** What it had not sent is lost, unless it sent all when it said goodbye. */
  fallSilent(): void {
    if (!this.#saidGoodbye) this.#minute = [];
    this.#present = new Map();
  }

  #add(sample: Sample): void {
    const minuteOfSample = ({ timestampMs }: Sample) => minuteOf(this.#host, timestampMs);
    const [first] = this.#minute;
    if (first !== undefined && minuteOfSample(first) !== minuteOfSample(sample)) this.#minute = [];
    this.#minute.push(sample);
  }
}

function pointOf(labels: Point['labels'], value: Point['value']): Point {
  return { key: labelsKey(labels), labels, value };
}

/** The chunk of these samples; a host that is cut off sends it with its first post after that. */
function postOf(host: string, samples: readonly Sample[], story: HostStory): AgentPost[] {
  const buffer = new MinuteBuffer(host, new Map());
  for (const sample of samples) buffer.add(sample);
  const batch = buffer.soFar();
  const [first] = samples;
  if (batch === undefined || first === undefined) return [];
  let sentMs = samples.at(-1)?.timestampMs ?? first.timestampMs;
  while (!isReachable(story, (sentMs - WORLD_START_MS) / MINUTE_MS)) sentMs += MINUTE_MS;
  return [
    {
      writer: host,
      minute: batch.minute,
      bytes: batch.chunk,
      firstMs: first.timestampMs,
      sampleCount: batch.sampleCount,
      arrivesMs: sentMs + POST_MS + (story.lateMs?.(batch.minute) ?? 0),
    },
  ];
}
