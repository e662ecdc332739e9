import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MINUTE_MS, phaseMs } from '../core/host-minute.ts';
import { TestHost } from '../test/testbed/test-host.ts';
import { type Measured, STORIES, type Story } from './kill/stories.ts';
import { WatchedHost } from './kill/watched-host.ts';

/** That is some 35 kills; starting and ending it all takes another three. */
const DEFAULT_MINUTES = 9;

/**
 * Time from a VM's harm to the message about it: real libvirts, VMs, agents and local stacks, with all
 * settings as shipped (a sample each 10 s, a post and a tick each 60 s). Each host has a libvirt, an
 * agent whose minutes begin at an instant of its own, and a stack, so that none waits for what another
 * one was told a moment ago. Needs root on Debian. `args`: for how many minutes.
 */
export async function benchKillToMessage(args: readonly string[]): Promise<void> {
  const minutes = Number(args[0] ?? DEFAULT_MINUTES);
  if (!Number.isInteger(minutes) || minutes < 1) {
    throw new Error(`bench kill: the number of minutes must be a whole number, not ${args[0]}`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'hypervigil-'));
  const casts = castOf(STORIES);
  const watched: { readonly host: WatchedHost; readonly story: Story }[] = [];
  const seconds = new Map<string, number[]>();
  const measured: Measured = (what, value) => {
    seconds.set(what, [...(seconds.get(what) ?? []), value]);
    console.log(`${what}: ${value.toFixed(1)} s`);
  };
  try {
    let first: TestHost | undefined;
    for (const { story, name, host } of casts) {
      await host.up(story.vmCount, first);
      first ??= host;
      watched.push({ story, host: await WatchedHost.start(host, name, story.vmCount, folder) });
    }
    for (const { host } of watched) await host.seesAll();
    const endMs = Date.now() + minutes * MINUTE_MS;
    const plays = watched.map(({ host, story }) =>
      story.play(host, endMs, measured).catch((error: Error) => `${story.title}: ${error.message}`),
    );
    const failures = (await Promise.all(plays)).filter((failure) => failure !== undefined);
    print(seconds);
    if (failures.length > 0) throw new Error(`bench kill: ${failures.join('; ')}`);
  } finally {
    await Promise.allSettled(watched.map(({ host }) => host.stop()));
    await Promise.allSettled(casts.map(({ host }) => host.down()));
    await rm(folder, { recursive: true, force: true });
  }
}

interface Cast {
  readonly story: Story;
  readonly name: string;
  readonly host: TestHost;
}

/** A host for each story and more, their minutes spread evenly. */
function castOf(stories: readonly Story[]): Cast[] {
  const parts = stories.flatMap((story) => Array.from({ length: story.hostCount }, () => story));
  return parts.map((story, i) => {
    const name = nameInPart(i, parts.length);
    return { story, name, host: new TestHost(name) };
  });
}

/** A name whose phase lies in that part of the minute. */
function nameInPart(part: number, count: number): string {
  for (let n = 1; n < 1000; n += 1) {
    if (Math.floor((phaseMs(`host${n}`) / MINUTE_MS) * count) === part) return `host${n}`;
  }
  throw new Error(`no name with a phase in part ${part} of ${count}`);
}

function print(seconds: ReadonlyMap<string, readonly number[]>): void {
  const row = (values: readonly number[]) => {
    const sorted = values.toSorted((a, b) => a - b);
    const at = (share: number) =>
      (sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN).toFixed(1);
    const [least = Number.NaN] = sorted;
    return {
      times: sorted.length,
      least: least.toFixed(1),
      p50: at(0.5),
      p95: at(0.95),
      max: at(1),
    };
  };
  const kills = [...seconds].filter(([what]) => what.startsWith('killed'));
  const table = Object.fromEntries([...seconds].map(([what, values]) => [what, row(values)]));
  table['killed, in all'] = row(kills.flatMap(([, values]) => values));
  console.log('\nseconds until the message, a sample each 10 s, a post and a tick each 60 s');
  console.table(table);
}
