import type { Collector } from './collector.ts';
import type { HostIdentity } from './host-identity.ts';

/** What does not change while a host runs. Empty where it is not known. */
export interface HostFacts extends HostIdentity {
  readonly os: string;
  readonly kernel: string;
  readonly arch: string;
  /** Model of the CPU. */
  readonly cpu: string;
  /** The hypervisor this host itself runs on; '' on bare metal. */
  readonly virtualization: string;
}

/** Labels that a person gave this host. */
type Tags = Readonly<Record<string, string>>;

/**
 * Facts of this host, found out once: `load` may start programs. Tags are asked for each time; a fact
 * wins over a tag of its name.
 */
export function createInfoCollector(
  load: () => Promise<HostFacts>,
  tags: () => Tags = () => ({}),
): Collector {
  let facts: Promise<HostFacts> | undefined;

  async function factsOnce(): Promise<HostFacts> {
    facts ??= load();
    try {
      return await facts;
    } catch (error) {
      facts = undefined;
      throw error;
    }
  }

  return {
    name: 'info',
    async check() {
      const { os, kernel, arch, cpu, virtualization } = await factsOnce();
      const within = virtualization === '' ? '' : `, within ${virtualization}`;
      return { status: 'ok', sees: `${os}, ${kernel}, ${arch}, ${cpu || 'unknown CPU'}${within}` };
    },
    async collect() {
      return [{ name: 'host_info', labels: { ...tags(), ...(await factsOnce()) }, value: 1 }];
    },
  };
}
