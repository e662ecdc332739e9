import { describe, expect, test } from 'vitest';
import { VM_VIEW_STATES } from '../../core/inventory/view-states.ts';
import { arrange } from '../../dashboard/pages/overview/arrange.ts';
import {
  countFacets,
  readFilter,
  shownOf,
  tagNames,
  tagWord,
  withFacet,
} from '../../dashboard/pages/overview/filter.ts';
import { heatScale, heatStep } from '../../dashboard/pages/overview/heat.ts';
import { mergeAnswer } from '../../dashboard/pages/overview/merge.ts';
import { readView } from '../../dashboard/pages/overview/view.ts';
import { hostsOf } from '../../dashboard/pages/overview/world.ts';
import { answerOf, fleetOf, worldOf } from './overview-world.ts';

const TWO = {
  'hv-1': { tags: { site: 'a' }, vms: { shop: 'running', web: 'running' } },
  'hv-2': { tags: { site: 'b' }, vms: { mail: 'off' } },
} as const;

describe('what an answer says anew', () => {
  test('makes new objects of what has changed, and of nothing else', () => {
    const fleet = fleetOf(TWO);
    const before = hostsOf(fleet);
    const crashed = VM_VIEW_STATES.indexOf('crashed');
    const after = mergeAnswer(fleet, {
      version: '000000000000.2..',
      asOfMs: 5,
      changes: { hosts: [], vms: [[1, crashed, 2000]] },
    });
    expect(after?.layout).toBe(fleet.layout);
    const hosts = after === undefined ? [] : hostsOf(after, before);
    expect(hosts[0]?.vms[1]).toMatchObject({ name: 'web', state: 'crashed', sinceS: 2000 });
    expect(hosts[0]).not.toBe(before[0]);
    expect(hosts[0]?.vms[0]).toBe(before[0]?.vms[0]);
    expect(hosts[1]).toBe(before[1]);
    const groups = arrange(shownOf(before, readFilter(new URLSearchParams())), '', 'name');
    const next = arrange(shownOf(hosts, readFilter(new URLSearchParams())), '', 'name', groups);
    expect(next.map((group, i) => group === groups[i])).toEqual([false, true]);
  });

  test('that leaves out what is not known is no answer, and one that says nothing changes nothing', () => {
    expect(mergeAnswer(undefined, { version: 'a.b..', asOfMs: 1 })).toBeUndefined();
    const fleet = fleetOf(TWO);
    const same = mergeAnswer(fleet, { version: fleet.version, asOfMs: 9 });
    expect(same).toEqual({ ...fleet, asOfMs: 9 });
  });

  test('of another layout takes values and alerts of the old one away', () => {
    const values = { metric: 'vm_cpu_usage_percent', fromMs: 1, vms: [1, 2, 3] };
    const fleet = fleetOf(TWO, { values });
    const { alerts: _, ...rest } = answerOf({ 'hv-3': { vms: { one: 'running' } } });
    expect(mergeAnswer(fleet, rest)).toMatchObject({ values: undefined, alerts: undefined });
  });

  test('values of another metric are none', () => {
    const values = { metric: 'vm_cpu_usage_percent', fromMs: 1, vms: [7, null, 3] };
    const fleet = fleetOf(TWO, { values });
    const of = (metric: string) =>
      hostsOf(fleet, [], metric).flatMap(({ vms }) => vms.map((vm) => vm.value));
    expect(of('vm_cpu_usage_percent')).toEqual([7, undefined, 3]);
    expect(of('vm_memory_usage_percent')).toEqual([undefined, undefined, undefined]);
  });
});

describe('the filter', () => {
  const hosts = worldOf(
    {
      'hv-1': {
        tags: { site: 'Berlin', env: 'prod' },
        vms: { 'shop-web': 'running', 'shop-db': 'crashed' },
      },
      'hv-2': { tags: { site: 'bern', env: 'test' }, vms: { mail: 'off', 'old-shop': 'paused' } },
      'hv-3': { state: 'silent', vms: { wiki: 'unknown' } },
      'hv-4': {},
    },
    {
      alerts: {
        counts: { critical: 0, warning: 1, info: 0, muted: 1 },
        hosts: [[3, 1, 1, 0]],
        vms: [[2, 0, -1, 1]],
        top: [],
      },
    },
  );
  const shown = (search: string) =>
    shownOf(hosts, readFilter(new URLSearchParams(search))).map(
      ({ host, vms }) => `${host.name}: ${vms.map(({ name }) => name).join(' ')}`,
    );

  test.each([
    ['', ['hv-1: shop-web shop-db', 'hv-2: mail old-shop', 'hv-3: wiki', 'hv-4: ']],
    ['q=SHOP', ['hv-1: shop-web shop-db', 'hv-2: old-shop']],
    ['q=shop web', ['hv-1: shop-web']],
    ['q=hv-2', ['hv-2: mail old-shop']],
    ['q=hv-2 mail', ['hv-2: mail']],
    ['q=site=berlin', ['hv-1: shop-web shop-db']],
    ['q=site=ber* shop', ['hv-1: shop-web shop-db', 'hv-2: old-shop']],
    ['q=site=', []],
    ['show=vm-off,vm-crashed', ['hv-1: shop-db', 'hv-2: mail']],
    ['show=host-silent', ['hv-3: wiki']],
    // A host's own alert shows the host; one that is muted shows nothing.
    ['show=alert', ['hv-4: ']],
    ['show=problem', ['hv-1: shop-db', 'hv-2: old-shop', 'hv-3: wiki', 'hv-4: ']],
    ['show=problem&q=shop', ['hv-1: shop-db', 'hv-2: old-shop']],
    ['show=nonsense', ['hv-1: shop-web shop-db', 'hv-2: mail old-shop', 'hv-3: wiki', 'hv-4: ']],
  ])('%s', (search, wanted) => {
    expect(shown(search)).toEqual(wanted);
  });

  test('counts what there is of each', () => {
    expect(Object.fromEntries(countFacets(hosts))).toEqual({
      'host-up': 3,
      'host-silent': 1,
      'vm-running': 1,
      'vm-crashed': 1,
      'vm-off': 1,
      'vm-paused': 1,
      'vm-unknown': 1,
      alert: 1,
      problem: 5,
    });
    expect(tagNames(hosts)).toEqual(['env', 'site']);
  });

  test('finds a tag whatever is in its value', () => {
    const racks = worldOf({ 'hv-1': { tags: { rack: 'Row 7, left' } }, 'hv-2': {} });
    const query = new URLSearchParams({ q: tagWord('rack', 'Row 7, left') });
    expect(shownOf(racks, readFilter(query)).map(({ host }) => host.name)).toEqual(['hv-1']);
    expect(tagWord('site', 'a')).toBe('site=a');
  });

  test('is changed in the address one part at a time', () => {
    expect(withFacet({ facets: [] }, 'problem')).toBe('problem');
    expect(withFacet({ facets: ['problem', 'alert'] }, 'problem')).toBe('alert');
    expect(withFacet({ facets: ['alert'] }, 'alert')).toBeUndefined();
  });
});

describe('groups', () => {
  const hosts = worldOf({
    'hv-10': { tags: { site: 'a' }, vms: { b: 'running', c: 'crashed' } },
    'hv-9': { tags: { site: 'b' }, vms: { a: 'paused', d: 'paused', e: 'running' } },
    'hv-2': { state: 'silent' },
    'hv-1': { tags: { site: 'a' }, vms: { f: 'running' } },
  });
  const all = shownOf(hosts, readFilter(new URLSearchParams()));
  const titles = (...[tag, sort]: [string, 'problems' | 'name' | 'metric']) =>
    arrange(all, tag, sort).map(({ title }) => title);

  test('of which something wants a person most come first; by name numbers count as such', () => {
    expect(titles('', 'problems')).toEqual(['hv-2', 'hv-10', 'hv-9', 'hv-1']);
    expect(titles('', 'name')).toEqual(['hv-1', 'hv-2', 'hv-9', 'hv-10']);
  });

  test('of a tag have the VMs of all its hosts, those that want a person first', () => {
    const groups = arrange(all, 'site', 'problems');
    expect(groups.map(({ title, vms }) => [title, vms.map(({ name }) => name).join('')])).toEqual([
      ['', ''],
      ['a', 'cbf'],
      ['b', 'ade'],
    ]);
    expect(groups.map(({ hosts }) => hosts.length)).toEqual([1, 2, 1]);
  });

  test('by value: the greatest first, those without one last', () => {
    const values = { metric: 'm', fromMs: 0, hosts: [5, null, null, 90], vms: [1, 2, 99, 3, 4, 5] };
    const valued = hostsOf(
      fleetOf(
        {
          'hv-10': { vms: { b: 'running', c: 'crashed' } },
          'hv-9': { vms: { a: 'paused', d: 'paused', e: 'running' } },
          'hv-2': {},
          'hv-1': { vms: { f: 'running' } },
        },
        { values },
      ),
    );
    const shown = shownOf(valued, readFilter(new URLSearchParams()));
    const groups = arrange(shown, '', 'metric');
    expect(groups.map(({ title }) => title)).toEqual(['hv-9', 'hv-1', 'hv-10', 'hv-2']);
    expect(groups[2]?.vms.map(({ name }) => name)).toEqual(['c', 'b']);
  });
});

describe('colours', () => {
  test('of percents mean the same always', () => {
    const scale = heatScale('vm_cpu_usage_percent', [1, 2]);
    expect([0, 9.9, 10, 74, 85, 100].map((value) => heatStep(scale, value))).toEqual([
      0, 0, 1, 3, 5, 6,
    ]);
    expect(heatStep(scale, undefined)).toBeUndefined();
  });

  test('of all else go up to the greatest value, rounded up', () => {
    const scale = heatScale('vm_network_receive_bytes_per_second', [undefined, 7_300_000, 12]);
    expect(scale.from.at(-1)).toBe(5_000_000);
    expect(heatStep(scale, 7_300_000)).toBe(6);
    expect(heatStep(scale, 12)).toBe(0);
    expect(heatScale('vm_disk_latency_seconds', []).from.every(Number.isFinite)).toBe(true);
  });
});

test('an address that nobody understands is the usual view', () => {
  const view = (search: string) => readView(new URLSearchParams(search));
  const usual = { tag: '', sort: 'problems', size: 'auto', metric: '' };
  expect(view('sort=x&cells=y&metric=z')).toMatchObject(usual);
  // There is no value to sort by.
  expect(view('sort=metric')).toMatchObject(usual);
  expect(view('metric=vm_cpu_usage_percent&sort=metric&cells=large&group=site')).toMatchObject({
    ...{ metric: 'vm_cpu_usage_percent', sort: 'metric', size: 'large', tag: 'site' },
  });
});
