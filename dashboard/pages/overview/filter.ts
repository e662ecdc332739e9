import {
  HOST_VIEW_STATES,
  type HostViewState,
  VM_VIEW_STATES,
  type VmViewState,
} from '../../../core/inventory/view-states.ts';
import { hostUrgency, vmUrgency } from './severity.ts';
import type { Host, Vm } from './world.ts';

/** What is looked at: `problem` is whatever wants a person, `alert` whatever an alert that is told is about. */
export type Facet = 'problem' | 'alert' | `vm-${VmViewState}` | `host-${HostViewState}`;

/** What of the fleet is shown; each part narrows it further. */
export interface Filter {
  /** All of these words are in the name of the VM or of its host; `key=value` is a tag. In small letters. */
  readonly words: readonly string[];
  /** One of these; none: any. */
  readonly facets: readonly Facet[];
}

const FACETS: ReadonlySet<string> = new Set<Facet>([
  'problem',
  'alert',
  ...VM_VIEW_STATES.map((state): Facet => `vm-${state}`),
  ...HOST_VIEW_STATES.map((state): Facet => `host-${state}`),
]);

/** Of an address: `q=shop env=prod`, `show=problem,vm-off`. What nobody knows is left out. */
export function readFilter(query: URLSearchParams): Filter {
  const words = wordsOf((query.get('q') ?? '').toLowerCase());
  const facets = (query.get('show') ?? '').split(',').filter(isFacet);
  return { words, facets };
}

function isFacet(text: string): text is Facet {
  return FACETS.has(text);
}

/** What the address says of `show` once a facet is added, or taken out if it is there. */
export function withFacet({ facets }: Pick<Filter, 'facets'>, facet: Facet): string | undefined {
  const left = facets.filter((one) => one !== facet);
  const next = left.length < facets.length ? left : [...facets, facet];
  return next.length === 0 ? undefined : next.join(',');
}

/** What is to be searched for to see what has a tag. */
export function tagWord(tag: string, value: string): string {
  return /[\s"]/.test(value) ? `${tag}="${value.replaceAll('"', '')}"` : `${tag}=${value}`;
}

/** Spaces separate words, unless they are quoted. */
function wordsOf(text: string): string[] {
  return (text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [])
    .map((word) => word.replaceAll('"', ''))
    .filter(Boolean);
}

/** A host of which something is shown, with those of its VMs that are. */
export interface Shown {
  readonly host: Host;
  readonly vms: readonly Vm[];
}

/** A host that fits is shown with all its VMs, unless these are what is asked for. */
export function shownOf(hosts: readonly Host[], { words, facets }: Filter): readonly Shown[] {
  const isOpen = words.length === 0 && facets.length === 0;
  if (isOpen) return hosts.map((host) => ({ host, vms: host.vms }));
  const ofHosts = facets.filter((facet) => facet.startsWith('host-'));
  const ofVms = facets.filter((facet) => !facet.startsWith('host-'));
  return hosts.flatMap((host): Shown[] => {
    const rest = words.filter((word) => !isInHost(host, word));
    const named = rest.length === 0 ? host.vms : host.vms.filter((vm) => isIn(vm.name, rest));
    if (rest.length > 0 && named.length === 0) return [];
    if (facets.length === 0) return [{ host, vms: named }];
    if (ofHosts.includes(`host-${host.state}`)) return [{ host, vms: named }];
    const vms = named.filter((vm) => ofVms.some((facet) => hasFacet(vm, facet)));
    const isWanted = rest.length === 0 && ofVms.some((facet) => hostHasFacet(host, facet));
    return vms.length === 0 && !isWanted ? [] : [{ host, vms }];
  });
}

/** A word that the host has, or a tag of it, counts for all of its VMs. */
function isInHost({ name, tags }: Host, word: string): boolean {
  if (name.toLowerCase().includes(word)) return true;
  const at = word.indexOf('=');
  if (at <= 0) return false;
  const [key, value] = [word.slice(0, at), word.slice(at + 1)];
  return Object.entries(tags).some(
    ([tag, text]) =>
      tag.toLowerCase() === key &&
      (value.endsWith('*')
        ? text.toLowerCase().startsWith(value.slice(0, -1))
        : text.toLowerCase() === value),
  );
}

function isIn(name: string, words: readonly string[]): boolean {
  const lower = name.toLowerCase();
  return words.every((word) => lower.includes(word));
}

function hasFacet(vm: Vm, facet: Facet): boolean {
  if (facet === 'problem') return vmUrgency(vm) >= 2;
  if (facet === 'alert') return vm.told > 0;
  return facet === `vm-${vm.state}`;
}

function hostHasFacet(host: Host, facet: Facet): boolean {
  if (facet === 'problem') return hostUrgency(host) >= 2;
  return facet === 'alert' && host.told > 0;
}

/** How many there are of each: of VMs, but for `host-…`; `problem` and `alert` count both. */
export function countFacets(hosts: readonly Host[]): ReadonlyMap<Facet, number> {
  const ofHosts = new Map<HostViewState, number>();
  const ofVms = new Map<VmViewState, number>();
  let problems = 0;
  let alerted = 0;
  for (const host of hosts) {
    ofHosts.set(host.state, (ofHosts.get(host.state) ?? 0) + 1);
    if (hostUrgency(host) >= 2) problems++;
    if (host.told > 0) alerted++;
    for (const vm of host.vms) {
      ofVms.set(vm.state, (ofVms.get(vm.state) ?? 0) + 1);
      if (vmUrgency(vm) >= 2) problems++;
      if (vm.told > 0) alerted++;
    }
  }
  return new Map<Facet, number>([
    ['problem', problems],
    ['alert', alerted],
    ...[...ofHosts].map(([state, count]): [Facet, number] => [`host-${state}`, count]),
    ...[...ofVms].map(([state, count]): [Facet, number] => [`vm-${state}`, count]),
  ]);
}

/** The names of tags that hosts have, in alphabetical order, each with its values. */
export function tagNames(hosts: readonly Host[]): readonly string[] {
  const names = new Set<string>();
  // Hosts share their sets of tags.
  for (const tags of new Set(hosts.map((host) => host.tags)))
    for (const name of Object.keys(tags)) names.add(name);
  return [...names].sort();
}
