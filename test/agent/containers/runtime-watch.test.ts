import { describe, expect, it } from 'vitest';
import { createContainerRuntimeCollector } from '../../../agent/collectors/container-runtime.ts';
import { OomWatch } from '../../../agent/containers/oom-watch.ts';
import { RuntimeApi } from '../../../agent/containers/runtime-api.ts';
import { RuntimeWatch } from '../../../agent/containers/runtime-watch.ts';
import { hostTree } from '../host-tree.ts';
import { type FakeContainer, type FakeDocker, fakeDocker } from './fake-docker.ts';

const ID = '84f47bfc30bce514bffac6f520956192778f612f3c7c21878dafcb01963c7c3d';
const NOW_MS = Date.parse('2026-11-23T05:33:00Z');
const MINUTE_MS = 60_000;
const DIE = {
  status: 'die',
  Type: 'container',
  Action: 'die',
  Actor: { ID, Attributes: { exitCode: '137' } },
};

function killedWith(signal: string) {
  return {
    status: 'kill',
    Type: 'container',
    Action: 'kill',
    Actor: { ID, Attributes: { signal } },
  };
}

function container(
  state: string,
  about: Readonly<Record<string, unknown>> = {},
  events: readonly object[] = [],
): FakeContainer {
  const times = {
    StartedAt: '2026-11-23T05:32:39.784831551Z',
    FinishedAt: state === 'running' ? '0001-01-01T00:00:00Z' : '2026-11-23T05:32:42.908361838Z',
  };
  const State = { Status: state, OOMKilled: false, ExitCode: 0, ...times, ...about };
  return {
    ...{ Id: ID, Names: ['/web'], Image: 'nginx:1.27', State: state, events },
    inspect: { RestartCount: about['RestartCount'] ?? 0, State },
  };
}

function watching(docker: FakeDocker, runtime: 'docker' | 'podman' = 'docker') {
  const tree = hostTree({ 'proc/vmstat': 'nr_free_pages 1\noom_kill 3\n' });
  const oomWatch = new OomWatch(tree.files);
  const collector = createContainerRuntimeCollector([
    new RuntimeWatch(new RuntimeApi(runtime, docker.socketPath), oomWatch),
  ]);
  let nowMs = NOW_MS;
  return {
    tree,
    collector,
    /** The state of the one container, 10 s after the last look. */
    async state(afterMs = 10_000): Promise<string | undefined> {
      nowMs += afterMs;
      const all = await collector.collect({ nowMs, withinMs: 1000 });
      if (all === 'absent') return 'absent';
      return all.find(({ name }) => name === 'container_state')?.labels['state'];
    },
  };
}

describe('how a container ended', () => {
  it.each([
    ['done', { ExitCode: 0 }, [DIE], 'exited'],
    ['failed by itself', { ExitCode: 1 }, [DIE], 'crashed'],
    [
      'was stopped and did not listen',
      { ExitCode: 137 },
      [killedWith('15'), killedWith('9'), DIE],
      'exited',
    ],
    ['was stopped and gave an error', { ExitCode: 1 }, [killedWith('15'), DIE], 'exited'],
    [
      'was stopped by its own signal',
      { ExitCode: 1 },
      [killedWith('28'), DIE, { ...DIE, Action: 'stop' }],
      'exited',
    ],
    ['was told to reload and failed', { ExitCode: 1 }, [killedWith('1'), DIE], 'crashed'],
    ['was killed from outside', { ExitCode: 137 }, [DIE], 'crashed'],
    ['ran out of memory', { ExitCode: 137, OOMKilled: true }, [DIE], 'crashed'],
    ['was killed, and Docker has forgotten', { ExitCode: 137 }, [], 'exited'],
    ['failed, and Docker has forgotten', { ExitCode: 3 }, [], 'crashed'],
    ['never ran', { ExitCode: 127, StartedAt: '0001-01-01T00:00:00Z' }, [], 'exited'],
  ])('%s', async (_, about, events, state) => {
    const docker = await fakeDocker();
    docker.containers = [container('running')];
    const watch = watching(docker);
    expect(await watch.state()).toBe('running');
    docker.containers = [container('exited', about, events)];
    expect(await watch.state()).toBe(state);
    expect(await watch.state(), 'and stays so').toBe(state);
  });

  it('is no news when it was long before the agent came', async () => {
    const docker = await fakeDocker();
    const old = {
      ExitCode: 1,
      FinishedAt: '2026-11-20T00:00:00Z',
      StartedAt: '2026-11-19T00:00:00Z',
    };
    docker.containers = [container('exited', old)];
    expect(await watching(docker).state()).toBe('exited');
    docker.containers = [container('exited', { ExitCode: 1 })];
    expect(await watching(docker).state()).toBe('crashed');
  });

  it('is told by the kernel where the runtime has not noticed that memory was the reason', async () => {
    const docker = await fakeDocker();
    docker.containers = [container('running')];
    const watch = watching(docker, 'podman');
    await watch.state();
    watch.tree.write({ 'proc/vmstat': 'nr_free_pages 1\noom_kill 4\n' });
    docker.containers = [
      container('exited', { ExitCode: 137, FinishedAt: new Date(NOW_MS + 15_000).toISOString() }),
    ];
    expect(await watch.state()).toBe('crashed');
  });

  it('may become clear only a moment later, when Docker has noted who stopped it', async () => {
    const docker = await fakeDocker();
    docker.containers = [container('running')];
    const watch = watching(docker);
    await watch.state();
    const justNow = { ExitCode: 1, FinishedAt: new Date(NOW_MS + 19_000).toISOString() };
    docker.containers = [container('exited', justNow, [DIE])];
    expect(await watch.state()).toBe('crashed');
    docker.containers = [container('exited', justNow, [DIE, { ...DIE, Action: 'stop' }])];
    expect(await watch.state()).toBe('exited');
  });
});

describe('the runtime of containers', () => {
  it('is asked for a list, and about one container only when something may have changed', async () => {
    const docker = await fakeDocker();
    docker.containers = [container('running')];
    const watch = watching(docker);
    for (let i = 0; i < 5; i += 1) await watch.state();
    expect(docker.asked.filter((path) => path === '/containers/json')).toHaveLength(5);
    expect(docker.asked.filter((path) => path.includes(ID))).toHaveLength(1);
    await watch.state(MINUTE_MS);
    expect(
      docker.asked.filter((path) => path.includes(ID)),
      'restarts are counted',
    ).toHaveLength(2);
  });

  it('that hangs or fails after it worked is a failure that names its socket', async () => {
    const docker = await fakeDocker();
    docker.containers = [container('running')];
    const watch = watching(docker);
    await watch.state();
    docker.mood = 'broken';
    await expect(watch.state()).rejects.toThrow(
      `${docker.socketPath}: /containers/json?all=1: status 500`,
    );
    docker.mood = 'silent';
    await expect(watch.state()).rejects.toThrow(/no answer within \d+ ms/);
    docker.mood = 'well';
    expect(await watch.state()).toBe('running');
  });

  it('that is not there, or never answered, is absent', async () => {
    const docker = await fakeDocker();
    docker.mood = 'broken';
    expect(await watching(docker).state()).toBe('absent');
    const nowhere = watching({ ...docker, socketPath: '/nowhere/docker.sock' });
    expect(await nowhere.state()).toBe('absent');
    expect(await nowhere.collector.check()).toMatchObject({ status: 'absent' });
  });

  it('says in a check what it sees and what to do', async () => {
    const docker = await fakeDocker();
    docker.containers = [container('running')];
    expect(await watching(docker).collector.check()).toEqual({
      status: 'ok',
      sees: 'docker, containers: 1 running',
    });
    docker.mood = 'broken';
    expect(await watching(docker).collector.check()).toMatchObject({ status: 'trouble' });
  });

  it('may answer anything: that is a failure, and no throw without a word', async () => {
    const docker = await fakeDocker();
    docker.containers = [container('running')];
    const watch = watching(docker);
    await watch.state();
    docker.listing = '[{"Id":7,"State":"running"}]';
    await expect(watch.state()).rejects.toThrow('unexpected answer: 0.Id');
  });
});
