import type { ContainerFacts, RuntimeView, RuntimeWatch } from '../containers/runtime-watch.ts';
import type { Collector, CollectorCheck } from './collector.ts';
import { Measurements } from './measurements.ts';

/** The part of a sample's time that a runtime gets: others wait for the names. */
const SHARE_OF_TIME = 0.8;

/**
 * How containers are, from the sockets of their runtimes. A socket that never answered is as good as
 * none (Docker lets only its group ask); one that answered before and does not now is trouble.
 */
export function createContainerRuntimeCollector(watches: readonly RuntimeWatch[]): Collector {
  return {
    name: 'container-runtime',
    async check() {
      const nowMs = Date.now();
      const views = await Promise.all(watches.map((watch) => watch.view(nowMs, 5000)));
      return describe(watches, views);
    },
    async collect({ nowMs, withinMs }) {
      const views = await Promise.all(
        watches.map((watch) => watch.view(nowMs, withinMs * SHARE_OF_TIME)),
      );
      const failed = views.find(({ error, wasSeen }) => wasSeen && error !== undefined);
      if (failed?.error !== undefined) throw new Error(failed.error.message);
      if (!views.some(({ wasSeen }) => wasSeen)) return 'absent';
      const out = new Measurements();
      for (const { containers } of views) {
        for (const facts of containers.values()) addFacts(out, facts);
      }
      return out.list;
    },
  };
}

function addFacts(out: Measurements, facts: ContainerFacts): void {
  const identity = { container: facts.name, id: facts.fullId.slice(0, 12) };
  out.add('container_up', facts.state === 'running' ? 1 : 0, identity);
  out.add('container_info', 1, { ...identity, image: facts.image, runtime: facts.runtime });
  out.add('container_state', 1, { ...identity, state: facts.state });
  if (facts.inspected === undefined) return;
  const over = facts.state === 'exited' || facts.state === 'crashed';
  if (over) out.add('container_exit_code', facts.inspected.exitCode, identity);
  out.add('container_restarts_total', facts.inspected.restarts, identity);
}

function describe(watches: readonly RuntimeWatch[], views: readonly RuntimeView[]): CollectorCheck {
  const seen: string[] = [];
  for (const [i, { containers, error, wasSeen }] of views.entries()) {
    const { runtime = '', socketPath = '' } = watches[i] ?? {};
    if (error === undefined && wasSeen)
      seen.push(`${runtime}, ${counted([...containers.values()])}`);
    else if (error !== undefined && error.code !== 'absent') {
      const mend =
        error.code === 'denied'
          ? `let the agent's user open ${socketPath}, such as by the group of Docker; who may do that is as mighty as root`
          : `see if ${runtime} runs and answers; without it containers have ids for names`;
      return { status: 'trouble', sees: error.message, mend };
    }
  }
  return seen.length > 0
    ? { status: 'ok', sees: seen.join('; ') }
    : { status: 'absent', sees: 'no socket of Docker or Podman' };
}

function counted(containers: readonly ContainerFacts[]): string {
  const byState = new Map<string, number>();
  for (const { state } of containers) byState.set(state, (byState.get(state) ?? 0) + 1);
  const states = [...byState].map(([state, count]) => `${count} ${state}`).join(', ');
  return states === '' ? 'no containers' : `containers: ${states}`;
}
