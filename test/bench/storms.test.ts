import { describe, expect, test } from 'vitest';
import { flappingWorld, spells } from '../../bench/storms/flapping-world.ts';
import { loadShipped, runOurs } from '../../bench/storms/our-side.ts';
import { STORIES } from '../../bench/storms/stories.ts';
import type { Told } from '../../bench/storms/told.ts';
import { seededRandom, WORLD_START_MS, type World } from '../../bench/storms/world.ts';

const SHIPPED = loadShipped();

/** A story is a second of computing; more where others compute as well. */
const PATIENCE_MS = 60_000;

function story(name: string): World {
  const found = STORIES.find((world) => world.name === name);
  if (found === undefined) throw new Error(`no story ${name}`);
  return found;
}

const counts = (told: readonly Told[]): string[] =>
  told.map(({ alertname, firing, resolved }) => `${alertname} +${firing} -${resolved}`);

describe('what people are told, from the chunks that agents post to the messages', {
  timeout: PATIENCE_MS,
}, () => {
  test.each([
    ['host dies', ['HostDown +1 -0', 'HostDown +0 -1']],
    ['five stay off', ['HostDown +1 -0', 'HostDown +0 -1', 'VmDown +5 -0', 'VmDown +0 -5']],
    ['migrations', []],
    ['migrations late', []],
    ['alerting VM moves', ['VmCpuHigh +1 -0']],
    ['data lost', ['VmCpuHigh +1 -0', 'HostDown +1 -0', 'HostDown +0 -1']],
    ['libvirtd restarts', []],
    ['agent restarts', []],
    ['host reboots', []],
    ['backups', []],
    ['operators act', []],
  ])('%s', async (name, messages) => {
    const world = story(name);
    expect(counts(await runOurs(world, SHIPPED, true))).toEqual(messages);
    expect(messages).toHaveLength(world.wanted ?? Number.NaN);
  });

  test('ten hosts cut off at once fall dark within two ticks, and are told of in as many messages', async () => {
    const told = await runOurs(story('switch fails'), SHIPPED, true);
    expect(told.length).toBeLessThanOrEqual(4);
    expect(Math.max(...told.map(({ firing }) => firing))).toBe(10);
    expect(new Set(told.map(({ alertname }) => alertname))).toEqual(new Set(['HostDown']));
  });
});

test('a crash is told within two minutes of it', async () => {
  const world: World = {
    name: 'crash',
    what: 'a VM crashes',
    minutes: 9,
    hosts: {
      kvm1: {
        vms: {
          web: (m) => (m < 5.5 ? { state: 1, reason: 'booted' } : { state: 5, reason: 'crashed' }),
        },
      },
    },
  };
  const [first] = await runOurs(world, SHIPPED, true);
  expect(first?.alertname).toBe('VmDown');
  expect(first?.minute).toBeLessThanOrEqual(5.5 + 2);
});

test('damping tells less', { timeout: PATIENCE_MS }, async () => {
  const world = flappingWorld(3, 4, 3);
  const damped = await runOurs(world, SHIPPED, true);
  expect(damped.length).toBeLessThan((await runOurs(world, SHIPPED, false)).length);
  expect(damped.some(({ flapping }) => flapping > 0)).toBe(true);
});

test('spells of trouble rise, and last about as long as they shall', () => {
  const times = spells(seededRandom(1), 1_000_000);
  expect(times.every((at, i) => at > (times[i - 1] ?? 0))).toBe(true);
  const lengths = times.flatMap((at, i) => (i % 2 === 1 ? [at - (times[i - 1] ?? at)] : []));
  const mean = lengths.reduce((sum, one) => sum + one, 0) / lengths.length;
  expect(mean).toBeGreaterThan(4.9);
  expect(mean).toBeLessThan(5.1);
});

test('worlds begin at a full minute, as ticks do', () => {
  expect(WORLD_START_MS % 60_000).toBe(0);
});
