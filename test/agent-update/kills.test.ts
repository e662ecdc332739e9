import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import type { Disk } from '../../agent/update/disk.ts';
import type { ServiceControl } from '../../agent/update/service.ts';
import { update } from '../../agent/update/update.ts';
import { randomOf } from '../agent-faults/random.ts';
import { linked } from './installation.ts';
import { BY_POLICY, type Scene, setScene } from './scene.ts';
import { PATIENT_MS, updaterPorts } from './updater-ports.ts';

const UPDATER = fileURLToPath(new URL('./updater.ts', import.meta.url));

/** What a bad version costs each time; the one before posts well within it. */
const SHORT_MS = 4000;
const AT_ONCE = 9;

class Killed extends Error {}

/** A disk and a service that do some steps, and nothing at all from then on. */
function mortal(scene: Scene, steps: number) {
  const ports = updaterPorts(scene.settings(), () => undefined);
  let left = steps;
  const live = () => {
    if (left === 0) throw new Killed();
    left -= 1;
  };
  const { disk, service } = ports;
  const step = <A extends readonly unknown[]>(act: (...args: A) => void) => {
    return (...args: A) => {
      live();
      act(...args);
    };
  };
  const mortalDisk: Disk = {
    write: step(disk.write),
    makeFolder: step(disk.makeFolder),
    move: step(disk.move),
    pointCurrent: step(disk.pointCurrent),
    remove: step(disk.remove),
  };
  const mortalService: ServiceControl = {
    ...service,
    restart: async () => {
      live();
      return service.restart();
    },
  };
  const run = update(BY_POLICY, { ...ports, disk: mortalDisk, service: mortalService });
  return run.then(
    () => 'done' as const,
    (error: unknown) => {
      if (error instanceof Killed) return 'killed' as const;
      throw error;
    },
  );
}

/** Whatever happened, the link leads to an agent that works. */
function expectWorking({ installed }: Scene): void {
  expect(linked(installed)).toBe(`versions/${installed.currentVersion()}`);
}

function expectGood({ installed }: Scene): void {
  expect(installed.currentVersion()).toBe('1.1.0');
  expect(installed.runningVersion()).toBe('1.1.0');
  expect(installed.folders()).toEqual(['1.0.0', '1.1.0']);
  expect(installed.verdicts()).toEqual([]);
  expect(installed.isTrialOpen()).toBe(false);
}

function expectUndone({ installed }: Scene): void {
  expect(installed.currentVersion()).toBe('1.0.0');
  expect(installed.runningVersion()).toBe('1.0.0');
  expect(installed.folders()).toEqual(['1.0.0']);
  expect(installed.verdicts()).toMatchObject([{ version: '1.1.0', kind: 'bad' }]);
  expect(installed.isTrialOpen()).toBe(false);
}

it.each([
  ['good', 'posts', expectGood],
  ['bad', 'crashes', expectUndone],
] as const)(
  'an updater to a %s version that ends after any of its steps is finished by the next',
  {
    timeout: 180_000,
  },
  async (_, behaviour, expectEnd) => {
    const endingAfter = async (steps: number): Promise<boolean> => {
      const scene = await setScene();
      scene.offer('1.1.0', behaviour);
      const first = await mortal(scene, steps);
      expectWorking(scene);
      const next = await scene.update(BY_POLICY);
      // The next one tells, also where it finds the work done.
      if (behaviour === 'posts') expect(next).toMatchObject({ ok: true });
      expectEnd(scene);
      return first === 'killed';
    };
    const killed: boolean[] = [];
    // So many at a time as a small machine runs well.
    for (let steps = 0; killed.at(-1) !== false; steps += AT_ONCE) {
      const some = Array.from({ length: AT_ONCE }, (_unused, i) => endingAfter(steps + i));
      killed.push(...(await Promise.all(some)));
    }
    // Each step was the last of one, and all of them make an update.
    expect(killed.indexOf(false)).toBeGreaterThan(behaviour === 'posts' ? 8 : 12);
  },
);

it('updaters that are killed at random instants leave a working agent, and the next one goes on', {
  timeout: 180_000,
}, async () => {
  const random = randomOf(20_261_123);
  const scene = await setScene();
  const { installed, server } = scene;
  server.plan = () => 'slow';
  const start = (proofMs: number) => {
    const settings = JSON.stringify(scene.settings({ proofMs }));
    const child = spawn(process.execPath, [UPDATER, settings], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    return { child, closed: once(child, 'close') };
  };
  let duringDownload = 0;
  let duringTrial = 0;
  for (let round = 1; round <= 30; round += 1) {
    const behaviour = random() < 0.7 ? 'posts' : 'hangs';
    scene.offer(`1.${round}.0`, behaviour);
    const { child, closed } = start(300);
    // Its first word is that of a download, or that it goes on with what another one left.
    await Promise.race([once(child.stderr, 'data'), closed]);
    await sleep(random() ** 2 * 800);
    child.kill('SIGKILL');
    await closed;
    expectWorking(scene);
    if (installed.folders().some((name) => name.startsWith('.new-'))) duringDownload += 1;
    if (installed.isTrialOpen()) duringTrial += 1;
  }
  expect(duringDownload).toBeGreaterThan(0);
  expect(duringTrial).toBeGreaterThan(0);
  const before = installed.currentVersion();
  scene.offer('2.0.0', 'hangs');
  for (let runs = 0; runs < 2; runs += 1) await start(SHORT_MS).closed;
  // What was left was finished or undone, and then this one was undone.
  const settled = installed.currentVersion();
  expect([before, ...installed.folders()]).toContain(settled);
  expect(installed.runningVersion()).toBe(settled);
  expect(installed.verdicts().at(-1)).toMatchObject({ version: '2.0.0', kind: 'bad' });
  scene.offer('2.0.1');
  await start(PATIENT_MS).closed;
  expect(installed.runningVersion()).toBe('2.0.1');
  expect(installed.folders()).toEqual([settled, '2.0.1'].sort());
  expect(installed.isTrialOpen()).toBe(false);
});
