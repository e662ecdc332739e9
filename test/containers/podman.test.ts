import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newAgent as agentOf } from './agent.ts';
import { createPodman, IMAGE, type Podman } from './podman.ts';

const SPIN = ['sh', '-c', 'while :; do :; done'];
const SLEEP = ['sleep', '1000'];

let podman: Podman;

beforeAll(async () => {
  podman = await createPodman();
});

afterAll(async () => {
  await podman?.close();
});

function newAgent(socketPath = podman.socketPath) {
  return agentOf('podman', socketPath);
}

describe('a container of Podman', () => {
  test('that runs at its limits has its name, its image and its use', async () => {
    const agent = newAgent();
    const limits = ['--memory', '64m', '--cpus', '0.1'];
    const id = await podman.start('web', limits, ...SPIN);
    await agent.of(id);
    await sleep(2000);
    const sample = await agent.of(id);
    expect(sample).toMatchObject({
      container_up: 1,
      info: `web ${IMAGE} podman`,
      state: 'running',
      container_restarts_total: 0,
      container_memory_limit_bytes: 64 << 20,
      container_oom_kills_total: 0,
      container_processes_count: 1,
    });
    // A tenth of a CPU is all it may use, and it wants more.
    expect(sample['container_cpu_usage_percent']).toBeGreaterThan(70);
    expect(sample['container_cpu_throttled_percent']).toBeGreaterThan(50);
    expect(sample['container_memory_used_bytes']).toBeGreaterThan(0);
    expect(sample['container_memory_usage_percent']).toBeLessThan(20);
    expect((await agent.usage.check()).status).toBe('ok');
    expect((await agent.states.check()).sees).toContain('1 running');
    // Podman has to kill it in the end, since a shell does not listen; that is a stop all the same.
    await podman.podman('stop', '--time', '1', 'web');
    const stopped = await agent.until(id, { state: 'exited' });
    expect(stopped).toMatchObject({ container_up: 0, container_exit_code: 137 });
    expect(await agent.of(id)).toMatchObject({ state: 'exited' });
    expect(await newAgent().of(id), 'also for an agent that starts later').toMatchObject({
      state: 'exited',
    });
  });

  test('that ends by itself has crashed, unless its exit code is 0', async () => {
    const agent = newAgent();
    const failed = await podman.start('job-failed', [], 'sh', '-c', 'exit 3');
    const done = await podman.start('job-done', [], 'sh', '-c', 'exit 0');
    expect(await agent.until(failed, { state: 'crashed' })).toMatchObject({
      container_up: 0,
      container_exit_code: 3,
    });
    expect(await agent.until(done, { state: 'exited' })).toMatchObject({
      container_exit_code: 0,
    });
  });

  test('that was killed by a signal Podman cannot tell from a stop, and may be started again', async () => {
    const agent = newAgent();
    const id = await podman.start('victim', [], ...SLEEP);
    await agent.until(id, { state: 'running' });
    await podman.podman('kill', 'victim');
    await agent.until(id, { state: 'exited', container_exit_code: 137 });
    await podman.podman('start', 'victim');
    await agent.until(id, { state: 'running', container_up: 1 });
  });

  test('has the OOM kills within it counted, and the one that ends it', async () => {
    const agent = newAgent();
    const limits = ['--memory', '16m', '--memory-swap', '16m'];
    const hog = await podman.start(
      'hog',
      limits,
      'sh',
      '-c',
      'sleep 1; tail /dev/zero; sleep 1000',
    );
    await agent.until(hog, { container_oom_kills_total: 0 });
    await agent.until(hog, { container_oom_kills_total: 1, state: 'running' });
    const glutton = await podman.start('glutton', limits, 'tail', '/dev/zero');
    await agent.until(glutton, { container_oom_kills_total: 1, state: 'crashed' });
    expect(await agent.of(glutton), 'counted once').toMatchObject({ container_oom_kills_total: 1 });
  });

  test('that was removed has no series', async () => {
    const agent = newAgent();
    const id = await podman.start('short-lived', [], ...SLEEP);
    expect(await agent.of(id)).toMatchObject({ state: 'running' });
    await podman.podman('rm', '--force', '--time', '0', 'short-lived');
    expect(await agent.of(id)).toEqual({});
  });

  test('keeps its numbers while Podman does not answer, and is known by its id without it', async () => {
    const agent = newAgent();
    const id = await podman.start('steady', [], ...SLEEP);
    await agent.until(id, { container_up: 1, info: `steady ${IMAGE} podman` });
    await podman.stopService();
    const context = { nowMs: Date.now() + 1000, withinMs: 2000 };
    await expect(agent.states.collect(context)).rejects.toThrow(podman.socketPath);
    const numbers = await agent.usage.collect(context);
    expect(numbers).toContainEqual(
      expect.objectContaining({
        name: 'container_processes_count',
        labels: { container: 'steady', id: id.slice(0, 12) },
      }),
    );
    const stranger = newAgent('/nowhere/podman.sock');
    expect(await stranger.states.collect(context)).toBe('absent');
    const numbersById = await stranger.of(id);
    expect(numbersById).toMatchObject({ container_up: 1, info: `${id.slice(0, 12)}  podman` });
    await podman.startService();
    await agent.until(id, { state: 'running' });
  });
});
