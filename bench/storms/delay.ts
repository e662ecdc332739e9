import { MINUTE_MS, minuteOf, minuteStartMs, phaseMs } from '../../core/host-minute.ts';
import { POST_MS } from './agent-posts.ts';
import { numbersFrom } from './arguments.ts';
import { loadShipped, runOurs, type Shipped } from './our-side.ts';
import { measureTicks } from './tick-cost.ts';
import { SAMPLE_MS, seededRandom, WORLD_START_MS, type World } from './world.ts';

/** Something breaks in this minute of each world, at a random instant. */
const BREAKS_IN = 5;
const CRASH_MINUTES = 9;
const DEATH_MINUTES = 12;

/**
 * How long it takes from something that breaks to the message, for rules without `for`, and what a
 * tick takes itself. `--runs 1000 --seed 1`: so many hosts, each with a phase and an instant of its own.
 */
export async function benchDelay(args: readonly string[]): Promise<void> {
  const { runs, seed } = numbersFrom(args, { runs: 1000, seed: 1 });
  const shipped = loadShipped();
  const random = seededRandom(seed);
  const crashes: Delay[] = [];
  const deaths: Delay[] = [];
  for (let i = 0; i < runs; i++) {
    crashes.push(await crash(`delay-kvm${i}`, BREAKS_IN + random(), shipped));
    deaths.push(await death(`delay-kvm${i}`, BREAKS_IN + random(), shipped));
  }
  console.log(
    `Seconds until the message is handed to SNS, ${runs} hosts with phases and instants of their own; a sample each ` +
      `10 s, a batch and a tick each minute, ${POST_MS / 1000} s from a batch's last sample until it is stored. Add what a tick takes.`,
  );
  const of = (delays: readonly Delay[], key: keyof Delay) => spread(delays.map((one) => one[key]));
  console.table({
    'VM crashes: from the crash': of(crashes, 'eventMs'),
    '... from the sample that shows it': of(crashes, 'sampleMs'),
    '... from the batch with that sample stored': of(crashes, 'storedMs'),
    'host dies: from its death': of(deaths, 'eventMs'),
    '... from its last sample that was stored': of(deaths, 'sampleMs'),
  });
  measureTicks(shipped);
}

/** Until the tick that tells of it; ms. */
interface Delay {
  readonly eventMs: number;
  readonly sampleMs: number;
  readonly storedMs: number;
}

async function crash(host: string, minute: number, shipped: Shipped): Promise<Delay> {
  const toldMs = await toldAtMs(
    {
      name: `crash on ${host}`,
      what: 'a VM crashes',
      minutes: CRASH_MINUTES,
      hosts: {
        [host]: {
          vms: {
            vm: (m) =>
              m < minute ? { state: 1, reason: 'booted' } : { state: 5, reason: 'crashed' },
          },
        },
      },
    },
    shipped,
  );
  const eventMs = WORLD_START_MS + minute * MINUTE_MS;
  const phase = phaseMs(host);
  const sampleMs = Math.ceil((eventMs - phase) / SAMPLE_MS) * SAMPLE_MS + phase;
  const storedMs = minuteStartMs(host, minuteOf(host, sampleMs) + 1) - SAMPLE_MS + POST_MS;
  return {
    eventMs: toldMs - eventMs,
    sampleMs: toldMs - sampleMs,
    storedMs: toldMs - storedMs,
  };
}

async function death(host: string, minute: number, shipped: Shipped): Promise<Delay> {
  const toldMs = await toldAtMs(
    {
      name: `death of ${host}`,
      what: 'a host dies',
      minutes: DEATH_MINUTES,
      hosts: {
        [host]: {
          mode: (m) => (m < minute ? 'up' : 'silent'),
          vms: { vm: () => ({ state: 1, reason: 'booted' }) },
        },
      },
    },
    shipped,
  );
  const eventMs = WORLD_START_MS + minute * MINUTE_MS;
  // The batch of a minute is posted at its last sample; what came after the last batch died with it.
  const posts = minuteOf(host, eventMs - 1 + SAMPLE_MS);
  const sampleMs = minuteStartMs(host, posts) - SAMPLE_MS;
  return { eventMs: toldMs - eventMs, sampleMs: toldMs - sampleMs, storedMs: Number.NaN };
}

async function toldAtMs(world: World, shipped: Shipped): Promise<number> {
  const [first] = await runOurs(world, shipped, true);
  if (first === undefined)
    throw new Error(`${world.name}: nobody was told within ${world.minutes} minutes`);
  return WORLD_START_MS + first.minute * MINUTE_MS;
}

function spread(delaysMs: readonly number[]) {
  const sorted = delaysMs.toSorted((a, b) => a - b);
  const at = (share: number) =>
    ((sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN) / 1000).toFixed(1);
  const mean = sorted.reduce((sum, one) => sum + one, 0) / sorted.length / 1000;
  return { least: at(0), mean: mean.toFixed(1), median: at(0.5), p95: at(0.95), most: at(1) };
}
