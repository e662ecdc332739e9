import { join } from 'node:path';
import type { Child } from '../../test/testbed/child.ts';
import { type SentAlert, StackUnderTest, startAgent } from '../../test/testbed/stack.ts';
import type { TestHost } from '../../test/testbed/test-host.ts';
import { waitFor } from '../../test/testbed/testbed.ts';

/** Longer than anything here takes, a VM that vanishes included. */
const TOLD_WITHIN_MS = 5 * 60_000;

/** A host with its agent, and a stack of its own that tells of its VMs. All settings are as shipped. */
export class WatchedHost {
  readonly host: TestHost;
  readonly vms: readonly string[];
  readonly #stack: StackUnderTest;
  readonly #agent: Child;

  private constructor(host: TestHost, vms: readonly string[], stack: StackUnderTest, agent: Child) {
    this.host = host;
    this.vms = vms;
    this.#stack = stack;
    this.#agent = agent;
  }

  /** Of a host that is up. `name` decides at which instants it samples and posts. */
  static async start(
    host: TestHost,
    name: string,
    vmCount: number,
    folder: string,
  ): Promise<WatchedHost> {
    const stack = await StackUnderTest.start(join(folder, name), [name]);
    const agent = startAgent(name, stack.url, stack.keyFileOf(name), { sockets: host.sockets });
    const vms = Array.from({ length: vmCount }, (_, i) => `vm${i + 1}`);
    return new WatchedHost(host, vms, stack, agent);
  }

  /** A VM that was never seen to run is not missed. */
  async seesAll(): Promise<void> {
    const query = `count(vm_up == 1) == ${this.vms.length}`;
    await waitFor(`${query}: ${this.#agent.output}`, TOLD_WITHIN_MS, async () => {
      if (this.#agent.hasEnded) throw new Error(`the agent has ended: ${this.#agent.output}`);
      return (await this.#stack.count(query)) > 0 ? true : undefined;
    });
  }

  /** When an alert of that VM was first said to be in that state since then; ms since 1970. */
  async told(
    alertname: string,
    vm: string,
    status: SentAlert['status'],
    sinceMs: number,
  ): Promise<number> {
    return waitFor(`${alertname} of ${vm} ${status}`, TOLD_WITHIN_MS, async () => {
      const first = (await this.#stack.messages()).find(
        ({ publishedAtMs, alerts }) =>
          publishedAtMs >= sinceMs &&
          alerts.some(
            ({ status: is, labels }) =>
              is === status && labels['alertname'] === alertname && labels['vm'] === vm,
          ),
      );
      return first?.publishedAtMs;
    });
  }

  async stop(): Promise<void> {
    await this.#agent.stop();
    await this.#stack.stop();
  }
}
