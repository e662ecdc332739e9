import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newAgent } from './agent.ts';
import { createDocker, type Docker } from './docker.ts';

let docker: Docker;

beforeAll(async () => {
  docker = await createDocker();
});

afterAll(async () => {
  await docker?.close();
});

describe('a container of Docker', () => {
  test('that someone stopped or killed by command has not crashed', async () => {
    const agent = newAgent('docker', docker.socketPath);
    const stopped = await docker.start('deaf', [], 'sh', '-c', 'while :; do sleep 1; done');
    const killed = await docker.start('killed', [], 'sleep', '1000');
    await agent.until(stopped, { state: 'running', info: 'deaf hypervigil/busybox:1 docker' });
    await docker.docker('stop', '--time', '1', 'deaf');
    await docker.docker('kill', 'killed');
    await agent.until(stopped, { state: 'exited', container_exit_code: 137, container_up: 0 });
    await agent.until(killed, { state: 'exited', container_exit_code: 137 });
  });

  test('that something kills from outside has crashed', async () => {
    const agent = newAgent('docker', docker.socketPath);
    const id = await docker.start('victim', [], 'sleep', '1000');
    await agent.until(id, { state: 'running' });
    const pid = await docker.docker('inspect', '--format', '{{.State.Pid}}', 'victim');
    execFileSync('kill', ['-9', pid]);
    await agent.until(id, { state: 'crashed', container_exit_code: 137 });
    expect(await agent.of(id), 'and stays so').toMatchObject({ state: 'crashed' });
    await docker.docker('start', 'victim');
    await agent.until(id, { state: 'running', container_up: 1 });
  });

  test('that runs out of memory has crashed, and is counted', async () => {
    const agent = newAgent('docker', docker.socketPath);
    const limits = ['--memory', '16m', '--memory-swap', '16m'];
    const id = await docker.start('glutton', limits, 'tail', '/dev/zero');
    await agent.until(id, { state: 'crashed', container_oom_kills_total: 1 });
  });

  test('that ends over and over has its restarts counted', async () => {
    const id = await docker.start('loop', ['--restart', 'always'], 'sh', '-c', 'sleep 0.2; exit 5');
    for (let restarts: unknown = 0; Number(restarts) < 2; ) {
      // A minute may pass before an agent asks again; one that begins asks at once.
      restarts = (await newAgent('docker', docker.socketPath).of(id))['container_restarts_total'];
    }
  });
});
