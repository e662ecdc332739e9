import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE_MS, phaseMs } from '../core/host-minute.ts';
import type { Child } from '../test/testbed/child.ts';
import { type SentAlert, StackUnderTest, startAgent } from '../test/testbed/stack.ts';
import { command, down, up, waitFor } from '../test/testbed/testbed.ts';

/**
 * A host's posts come at an instant of the minute that is its own, and ticks on the full one, so
 * that instant decides much of the time. Agents of several names, whose instants are spread over the
 * minute, stand for a fleet. All see the same VMs, and a VM is on one host only: each has a stack of
 * its own.
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

/** Kills each VM once, at instants spread over the minute, and waits until all is well again. */
async function killAll(watchers: readonly Watcher[]): Promise<void> {
  const beganMs = Date.now();
  const killedMs = new Map<string, number>();
  const part = MINUTE_MS / VM_COUNT;
  await Promise.all(
    VMS.map(async (vm, i) => {
      await sleep(part * (i + Math.random()));
      killedMs.set(vm, Date.now());
      await command('kill', vm);
    }),
  );
  for (const { stack, seconds } of watchers) {
    for (const { vm, atMs } of await allTold(stack, 'firing', beganMs)) {
      seconds.push((atMs - (killedMs.get(vm) ?? Number.NaN)) / 1000);
    }
  }
  await Promise.all(VMS.map((vm) => command('start', vm)));
  for (const { stack } of watchers) await allTold(stack, 'resolved', beganMs);
}

interface Told {
  readonly vm: string;
  readonly atMs: number;
}

/** When each VM was first said to be down, or up again, since then. */
async function allTold(
  stack: StackUnderTest,
  status: SentAlert['status'],
  sinceMs: number,
): Promise<readonly Told[]> {
  return waitFor(`all ${status}`, NOTICED_WITHIN_MS, async () => {
    const fresh = (await stack.messages()).filter(({ publishedAtMs }) => publishedAtMs >= sinceMs);
    const told = VMS.flatMap((vm) => {
      const first = fresh.find(({ alerts }) =>
        alerts.some(
          ({ status: is, labels }) =>
            is === status && labels['alertname'] === 'VmDown' && labels['vm'] === vm,
        ),
      );
      return first === undefined ? [] : [{ vm, atMs: first.publishedAtMs }];
    });
    return told.length === VM_COUNT ? told : undefined;
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
