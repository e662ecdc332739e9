import type { InstantSeries } from '../../api/prometheus.ts';
import type { EnrolmentTokenView, KeyView } from '../tokens/token-views.ts';

/** A host that came with the token. */
export interface NewHost {
  readonly name: string;
  /** When it got its key. */
  readonly enrolledAtMs: number;
  /** Its first batch is here: what it says of itself. Absent: only its key is known. */
  readonly facts?: HostFacts;
}

export interface HostFacts {
  /** `Debian GNU/Linux 13`; `''`: it does not say. */
  readonly os: string;
  readonly arch: string;
  /** On what the host itself runs; `''`: on bare metal, or nobody knows. */
  readonly virtualization: string;
  /** Names of its VMs. */
  readonly vms: readonly string[];
}

/** With fewer than so many answers nobody waits for more. */
const HOSTS_MOST = 50;

/** What the page waits with so long before it says what may be wrong. */
export const TROUBLE_AFTER_MS = 120_000;

/** The hosts that were let in by a token, the newest last; the first so many. */
export function enrolledBy(
  token: Pick<EnrolmentTokenView, 'id'>,
  keys: readonly KeyView[],
): readonly KeyView[] {
  const byName = new Map(
    keys
      .filter(({ kind, by }) => kind === 'host' && by === token.id)
      .map((key) => [key.name, key] as const),
  );
  return [...byName.values()]
    .sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt))
    .slice(0, HOSTS_MOST);
}

/** What asks for the first batches of hosts; `undefined`: of none. */
export function factsExpression(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const matcher =
    names.length === 1
      ? `host=${JSON.stringify(names[0])}`
      : `host=~${JSON.stringify(names.map(escaped).join('|'))}`;
  return `host_info{${matcher}} or vm_info{${matcher}}`;
}

/** RE2 takes what is escaped for itself. */
function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** The hosts with what was found of them. A sample from before its key is of another time. */
export function newHosts(
  keys: readonly KeyView[],
  series: readonly InstantSeries[],
): readonly NewHost[] {
  return keys.map(({ name, createdAt }) => {
    const of = series.filter(({ labels }) => labels['host'] === name);
    const info = of.find(({ labels }) => labels['__name__'] === 'host_info');
    const vms = of.flatMap(({ labels }) =>
      labels['__name__'] === 'vm_info' ? [labels['vm'] ?? labels['uuid'] ?? ''] : [],
    );
    return {
      name,
      enrolledAtMs: Date.parse(createdAt),
      ...(info === undefined ? {} : { facts: factsOf(info, vms) }),
    };
  });
}

function factsOf({ labels }: InstantSeries, vms: readonly string[]): HostFacts {
  const { os = '', arch = '', virtualization = '' } = labels;
  return { os, arch, virtualization, vms: [...new Set(vms)].sort() };
}

/** Why nothing may be coming: nobody has the token yet, or a host has it and says nothing. */
export type Trouble = 'not-enrolled' | 'no-batch';

/** `undefined`: all is well, or it is too early to say. */
export function troubleOf(
  token: EnrolmentTokenView,
  hosts: readonly NewHost[],
  nowMs: number,
): Trouble | undefined {
  const waiting = hosts.filter(({ facts }) => facts === undefined);
  if (waiting.some(({ enrolledAtMs }) => nowMs - enrolledAtMs > TROUBLE_AFTER_MS))
    return 'no-batch';
  if (hosts.length > 0 || token.usesLeft < token.uses) return undefined;
  return nowMs - Date.parse(token.createdAt) > TROUBLE_AFTER_MS ? 'not-enrolled' : undefined;
}

/** Is there still something to wait for? */
export function isWaiting(token: EnrolmentTokenView, hosts: readonly NewHost[]): boolean {
  return token.state === 'good' || hosts.some(({ facts }) => facts === undefined);
}
