import type { Shown } from './filter.ts';
import { hostUrgency, type Urgency, vmUrgency, worseOf } from './severity.ts';
import type { Host, Vm } from './world.ts';

export const SORTS = ['problems', 'name', 'metric'] as const;
/** `problems`: what wants a person most comes first; `metric`: the greatest value. Then by name. */
export type Sort = (typeof SORTS)[number];

/** Cells that stand together: a host's VMs, or those of all hosts with one value of a tag. */
export interface Group {
  /** The same from one answer to the next. */
  readonly key: string;
  /** A host's name, or a tag's value; `''`: hosts without that tag. */
  readonly title: string;
  /** Of a host's group. */
  readonly host: Host | undefined;
  /** Of a tag's group. */
  readonly hosts: readonly Host[];
  readonly vms: readonly Vm[];
  readonly urgency: Urgency;
  /** How many VMs and hosts of it want to be looked at soon, or at once. */
  readonly problems: number;
}

/**
 * What is shown, in groups and in order. A group that is as it was `before` is the very same object.
 *
 * @param tag hosts are grouped by its value; `''`: each stands for itself
 */
export function arrange(
  shown: readonly Shown[],
  tag: string,
  sort: Sort,
  before: readonly Group[] = [],
): readonly Group[] {
  const known = new Map(before.map((group) => [group.key, group]));
  const groups = (tag === '' ? shown.map(hostGroup) : tagGroups(shown, tag)).map((group) =>
    withCellsInOrder(group, sort),
  );
  groups.sort(GROUP_ORDERS[sort]);
  return groups.map((group) => {
    const old = known.get(group.key);
    return old !== undefined && isSame(old, group) ? old : group;
  });
}

function hostGroup({ host, vms }: Shown): Group {
  return { key: `h${host.name}`, title: host.name, host, hosts: [], vms, ...sum([host], vms) };
}

function tagGroups(shown: readonly Shown[], tag: string): Group[] {
  const byValue = new Map<string, Shown[]>();
  for (const one of shown) {
    const value = one.host.tags[tag] ?? '';
    const others = byValue.get(value);
    if (others === undefined) byValue.set(value, [one]);
    else others.push(one);
  }
  return [...byValue].map(([title, all]) => {
    const hosts = all.map(({ host }) => host);
    const vms = all.flatMap((one) => one.vms);
    return { key: `t${title}`, title, host: undefined, hosts, vms, ...sum(hosts, vms) };
  });
}

function sum(
  hosts: readonly Host[],
  vms: readonly Vm[],
): { readonly urgency: Urgency; readonly problems: number } {
  let urgency: Urgency = 0;
  let problems = 0;
  const note = (one: Urgency) => {
    urgency = worseOf(urgency, one);
    if (one >= 2) problems++;
  };
  for (const host of hosts) note(hostUrgency(host));
  for (const vm of vms) note(vmUrgency(vm));
  return { urgency, problems };
}

/** A host's few VMs stay where they are, so that one finds them again; of many the first are those one looks for. */
function withCellsInOrder(group: Group, sort: Sort): Group {
  if (group.host !== undefined && sort !== 'metric') return group;
  return { ...group, vms: group.vms.toSorted(VM_ORDERS[sort]) };
}

function byName(a: string, b: string): number {
  return NAMES.compare(a, b);
}

/** `web-2` comes before `web-10`. */
const NAMES = new Intl.Collator('en', { numeric: true });

const VM_ORDERS: Readonly<Record<Sort, (a: Vm, b: Vm) => number>> = {
  problems: (a, b) => vmUrgency(b) - vmUrgency(a) || byName(a.name, b.name),
  name: (a, b) => byName(a.name, b.name),
  metric: (a, b) => greatest(a.value, b.value) || byName(a.name, b.name),
};

const GROUP_ORDERS: Readonly<Record<Sort, (a: Group, b: Group) => number>> = {
  problems: (a, b) => b.urgency - a.urgency || b.problems - a.problems || byName(a.title, b.title),
  name: (a, b) => byName(a.title, b.title),
  metric: (a, b) => greatest(groupValue(a), groupValue(b)) || byName(a.title, b.title),
};

/** A host's own value; of a tag, and where a host has none, the greatest of its VMs. */
function groupValue({ host, vms }: Group): number | undefined {
  if (host?.value !== undefined) return host.value;
  return vms.reduce<number | undefined>(
    (most, { value }) => (value === undefined || (most ?? -Infinity) > value ? most : value),
    undefined,
  );
}

/** What has no value comes last. */
function greatest(a: number | undefined, b: number | undefined): number {
  return (b ?? -Infinity) - (a ?? -Infinity) || 0;
}

function isSame(old: Group, made: Group): boolean {
  return (
    old.host === made.host &&
    sameItems(old.hosts, made.hosts) &&
    sameItems(old.vms, made.vms) &&
    old.title === made.title
  );
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((one, i) => one === b[i]));
}
