import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Measurement } from '../../agent/collectors/collector.ts';
import { createContainerRuntimeCollector } from '../../agent/collectors/container-runtime.ts';
import { createContainersCollector } from '../../agent/collectors/containers.ts';
import { OomWatch } from '../../agent/containers/oom-watch.ts';
import { RuntimeApi } from '../../agent/containers/runtime-api.ts';
import { RuntimeWatch } from '../../agent/containers/runtime-watch.ts';
import { HostFiles } from '../../agent/proc/host-files.ts';

const CPUS = 2;

/** Numbers of one container by metric; `info` and `state` as text. */
type Numbers = Readonly<Record<string, number | string>>;

/** The two collectors of an agent that starts now. */
export function newAgent(runtime: 'docker' | 'podman', socketPath: string) {
  const files = new HostFiles();
  const watches = [new RuntimeWatch(new RuntimeApi(runtime, socketPath), new OomWatch(files))];
  const monotonicMs = () => performance.now();
  const usage = createContainersCollector({ files, watches, monotonicMs, cpuCount: CPUS });
  const states = createContainerRuntimeCollector(watches);
  let lastMs = 0;

  /** What else runs on this machine is none of the tests' business. */
  async function of(id: string): Promise<Numbers> {
    lastMs = Math.max(Date.now(), lastMs + 1);
    const context = { nowMs: lastMs, withinMs: 5000 };
    const all = await Promise.all([states.collect(context), usage.collect(context)]);
    const own = all
      .flatMap((some): readonly Measurement[] => (some === 'absent' ? [] : some))
      .filter(({ labels }) => labels['id'] === id.slice(0, 12));
    expect(new Set(own.map(keyOf)).size, 'no series twice').toBe(own.length);
    return Object.fromEntries(own.map(shown));
  }

  /** Takes samples until one is as wanted: how long the runtime takes is not what is tested. */
  async function until(id: string, wanted: Readonly<Record<string, unknown>>): Promise<Numbers> {
    for (let i = 0; i < 100; i += 1) {
      const last = await of(id);
      if (Object.entries(wanted).every(([name, value]) => last[name] === value)) return last;
      await sleep(100);
    }
    const last = await of(id);
    expect(last).toMatchObject(wanted);
    return last;
  }

  return { usage, states, of, until };
}

function keyOf({ name, labels }: Measurement): string {
  return `${name} ${JSON.stringify(labels)}`;
}

function shown({ name, labels, value }: Measurement): readonly [string, number | string] {
  if (name === 'container_state') return ['state', labels['state'] ?? ''];
  if (name === 'container_info') {
    return ['info', `${labels['container']} ${labels['image']} ${labels['runtime']}`];
  }
  return [name, value];
}
