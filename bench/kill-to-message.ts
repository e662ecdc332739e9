import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE_MS, phaseMs } from '../core/host-minute.ts';
import type { Child } from '../test/testbed/child.ts';
import { type SentMessage, StackUnderTest, startAgent } from '../test/testbed/stack.ts';
import { command, down, up, waitFor } from '../test/testbed/testbed.ts';

/**
 * A host's posts come at an instant of the minute that is its own, and ticks on the full one, so
 * that instant decides much of the time. Agents of several names, all seeing the same VMs, stand for
 * a fleet: their instants are spread over the minute.
 */
const HOST_COUNT = 6;
const VM_COUNT = 5;
const VMS = Array.from({ length: VM_COUNT }, (_, i) => `vm${i + 1}`);
/** A sample, the rest of its minute, a tick, and some more where the machine is slow. */
const NOTICED_WITHIN_MS = 10_000 + 2 * MINUTE_MS + 60_000;

/**
 * Time from the end of a VM's process to the message about it, with the agent's default intervals
 * and a tick each minute. Needs root on Debian. `args`: how often each VM is killed, once by default;
 * that is 30 times measured in some 4 minutes.
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
    const hosts = spreadHosts();
    const stack = await StackUnderTest.start(join(folder, 'data'), hosts);
    running.push(stack);
    for (const host of hosts) running.push(await startAgentOf(host, stack));
    const secondsByHost = new Map<string, number[]>(hosts.map((host) => [host, []]));
    for (let round = 0; round < rounds; round += 1) await killAll(stack, secondsByHost);
    print(secondsByHost);
  } finally {
    for (const each of running.reverse()) await each.stop();
    await down();
    await rm(folder, { recursive: true, force: true });
  }
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

/** Kills each VM once, at instants spread over the minute, and waits until all is well again. */
async function killAll(
  stack: StackUnderTest,
  secondsByHost: ReadonlyMap<string, number[]>,
): Promise<void> {
  const before = (await stack.messages()).length;
  const killedMs = new Map<string, number>();
  const part = MINUTE_MS / VM_COUNT;
  await Promise.all(
    VMS.map(async (vm, i) => {
      await sleep(part * (i + Math.random()));
      killedMs.set(vm, Date.now());
      await command('kill', vm);
    }),
  );
  const fresh = async () => (await stack.messages()).slice(before);
  const all = VM_COUNT * secondsByHost.size;
  const firing = await waitFor('all alerts', NOTICED_WITHIN_MS, async () =>
    ifAsMany(all, timesOf(await fresh(), 'firing')),
  );
  for (const { host, vm, atMs } of firing) {
    secondsByHost.get(host)?.push((atMs - (killedMs.get(vm) ?? Number.NaN)) / 1000);
  }
  await Promise.all(VMS.map((vm) => command('start', vm)));
  await waitFor('all resolved', NOTICED_WITHIN_MS, async () =>
    ifAsMany(all, timesOf(await fresh(), 'resolved')),
  );
}

interface Told {
  readonly host: string;
  readonly vm: string;
  readonly atMs: number;
}

function timesOf(messages: readonly SentMessage[], status: SentMessage['status']): Told[] {
  return messages
    .filter((message) => message.status === status)
    .flatMap(({ alerts, publishedAtMs }) =>
      alerts
        .filter((labels) => labels['alertname'] === 'VmDown')
        .map((labels) => ({
          host: labels['host'] ?? '',
          vm: labels['vm'] ?? '',
          atMs: publishedAtMs,
        })),
    );
}

function ifAsMany<T>(count: number, list: readonly T[]): readonly T[] | undefined {
  if (list.length > count) throw new Error(`${list.length} alerts told, not ${count}`);
  return list.length === count ? list : undefined;
}

function print(secondsByHost: ReadonlyMap<string, readonly number[]>): void {
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
  for (const [host, seconds] of secondsByHost) {
    table[`a host whose minutes begin at :${phaseMs(host) / 1000}`] = row(seconds);
  }
  table['all'] = row([...secondsByHost.values()].flat());
  console.log('seconds from kill to message: a sample each 10 s, a post and a tick each 60 s');
  console.table(table);
}
