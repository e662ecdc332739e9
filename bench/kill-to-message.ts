import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE_MS, phaseMs } from '../core/host-minute.ts';
import type { Child } from '../test/testbed/child.ts';
import { type SentAlert, StackUnderTest, startAgent } from '../test/testbed/stack.ts';
import { command, down, up, waitFor } from '../test/testbed/testbed.ts';

/**
 * A host's posts come at an instant of the minute that is its own, its samples at instants that follow
 * from it, and ticks on the full one. Agents of several names, whose instants are spread over the minute,
 * stand for a fleet. All see the same VMs, and a VM is on one host only: each has a stack of its own.
 */
const HOST_COUNT = 8;
const VM_COUNT = 4;
const VMS = Array.from({ length: VM_COUNT }, (_, i) => `vm${i + 1}`);
/** A sample, the rest of its minute, a tick, and some more where the machine is slow. */
const NOTICED_WITHIN_MS = 10_000 + 2 * MINUTE_MS + 60_000;
/** Kills come at any time of a tick, a sample and a post. */
const KILL_SPREAD_MS = 20_000;

/**
 * Time from the end of a VM's process to the message about it, with the agent's default intervals
 * and a tick each minute. Needs root on Debian. `args`: how often each VM is killed, once by default;
 * that is 32 times measured in some 8 minutes. The next is killed when all is well again: who was told
 * of a VM a moment ago hears of the next one in that group's next message (`group_interval`).
 */
export async function benchKillToMessage(args: readonly string[]): Promise<void> {
  const rounds = Number(args[0] ?? 1);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`bench kill: the number of rounds must be a whole number, not ${args[0]}`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'hypervigil-'));
  const running: { stop(): Promise<void> }[] = [];
  try {
    await up(VM_COUNT);
    const watchers: Watcher[] = [];
    for (const host of spreadHosts()) {
      const stack = await StackUnderTest.start(join(folder, host), [host]);
      running.push(stack);
      running.push(await startAgentOf(host, stack));
      watchers.push({ host, stack, seconds: [] });
    }
    for (const watcher of watchers) await seesAll(watcher);
    for (let round = 0; round < rounds; round += 1) await killAll(watchers);
    print(watchers);
  } finally {
    for (const each of running.reverse()) await each.stop();
    await down();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A host and what tells of its VMs. */
interface Watcher {
  readonly host: string;
  readonly stack: StackUnderTest;
  /** From each kill to the message about it. */
  readonly seconds: number[];
}

/** A VM that was never seen to run is not missed. */
async function seesAll({ host, stack }: Watcher): Promise<void> {
  const query = `count(vm_up == 1) == ${VM_COUNT}`;
  await waitFor(`${host} sees all VMs`, NOTICED_WITHIN_MS, async () =>
    (await stack.count(query)) > 0 ? true : undefined,
  );
}

/** Names whose phases lie evenly over the minute, within a few seconds. */
function spreadHosts(): string[] {
  const part = MINUTE_MS / HOST_COUNT;
  return Array.from({ length: HOST_COUNT }, (_, i) => {
    const wanted = (name: string) => Math.floor(phaseMs(name) / part) === i;
    for (let n = 1; n < 1000; n += 1) if (wanted(`host${n}`)) return `host${n}`;
    throw new Error(`no name with a phase in part ${i}`);
  });
}

async function startAgentOf(host: string, stack: StackUnderTest): Promise<Child> {
  const agent = startAgent(host, stack.url, stack.keyFileOf(host));
  await waitFor(`agent of ${host} runs`, NOTICED_WITHIN_MS, async () => {
    if (agent.hasEnded) throw new Error(`the agent has ended: ${agent.output}`);
    return agent.output.includes('a sample every') ? true : undefined;
  });
  return agent;
}

/** Kills each VM once, one after the other, and waits each time until all is well again. */
async function killAll(watchers: readonly Watcher[]): Promise<void> {
  for (const vm of VMS) {
    await sleep(Math.random() * KILL_SPREAD_MS);
    const killedMs = Date.now();
    await command('kill', vm);
    for (const { stack, seconds } of watchers) {
      seconds.push(((await told(stack, vm, 'firing', killedMs)) - killedMs) / 1000);
    }
    await command('start', vm);
    for (const { stack } of watchers) await told(stack, vm, 'resolved', killedMs);
  }
}

/** When a VM was first said to be down, or up again, since then; ms since 1970. */
async function told(
  stack: StackUnderTest,
  vm: string,
  status: SentAlert['status'],
  sinceMs: number,
): Promise<number> {
  return waitFor(`${vm} ${status}`, NOTICED_WITHIN_MS, async () => {
    const first = (await stack.messages()).find(
      ({ publishedAtMs, alerts }) =>
        publishedAtMs >= sinceMs &&
        alerts.some(
          ({ status: is, labels }) =>
            is === status && labels['alertname'] === 'VmDown' && labels['vm'] === vm,
        ),
    );
    return first?.publishedAtMs;
  });
}

function print(watchers: readonly Watcher[]): void {
  const row = (seconds: readonly number[]) => {
    const sorted = seconds.toSorted((a, b) => a - b);
    const at = (share: number) =>
      (sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN).toFixed(1);
    return {
      times: sorted.length,
      min: (sorted[0] ?? Number.NaN).toFixed(1),
      median: at(0.5),
      p95: at(0.95),
      max: at(1),
    };
  };
  const table: Record<string, ReturnType<typeof row>> = {};
  for (const { host, seconds } of watchers) {
    table[`a host whose minutes begin at :${phaseMs(host) / 1000}`] = row(seconds);
  }
  table['all'] = row(watchers.flatMap(({ seconds }) => seconds));
  console.log('seconds from kill to message: a sample each 10 s, a post and a tick each 60 s');
  console.table(table);
}
