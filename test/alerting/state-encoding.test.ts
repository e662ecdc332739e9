import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeState, type EncodedState, encodeState } from '../../core/alerting/state-encoding.ts';
import { FIRST_STATE, type TickState } from '../../core/alerting/tick-state.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { DAY_MS } from '../../core/time.ts';
import { VM_KINDS } from '../../core/topology/vm-kind.ts';

const NOW_MS = Date.UTC(2026, 2, 1);
const NOTHING: EncodedState = { bytes: undefined, segments: [] };

const name = fc.constantFrom('a', 'b', 'kvm-1', 'tab\t', 'line\n', 'ß', '"', '\u2028');
const ms = fc.oneof(
  fc.integer({ min: NOW_MS - 8 * DAY_MS, max: NOW_MS + 10 * MINUTE_MS }),
  fc.constantFrom(0, NOW_MS, NOW_MS - 30_000, NOW_MS - 30_000.25),
);
const float = fc.oneof(fc.integer(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 0.1));
const labels = fc.dictionary(name, name, { maxKeys: 3 }).map((all) => labelsFrom(all));
const texts = fc.dictionary(name, name, { maxKeys: 2 });
const some = { requiredKeys: [] };

const host = fc
  .record(
    {
      ...{ host: name, condition: fc.constantFrom('up', 'dark', 'maintenance'), lastMs: ms },
      ...{ batchIntervalMs: fc.constant(60_000), libvirtUpMs: ms, libvirtDownMs: ms },
      stopped: fc.record({ atMs: ms, reason: fc.constantFrom('stopped', 'shutdown') }),
    },
    { requiredKeys: ['host', 'condition', 'lastMs'] },
  )
  .map((one) => (one.lastMs % 2 === 0 ? { ...one, libvirtUpMs: one.lastMs } : one));
const sighting = fc.record(
  {
    ...{ host: name, kind: fc.constantFrom(...VM_KINDS), reason: name, sinceMs: ms },
    ...{ lastMs: ms, aliveMs: ms, offMs: ms, goneMs: ms, missedMs: ms },
    job: fc.record({ operation: name, atMs: ms }, { requiredKeys: ['operation'] }),
  },
  { requiredKeys: ['host', 'kind', 'reason', 'sinceMs'] },
);
const vm = fc.record({
  ...{ uuid: fc.string({ maxLength: 3 }), vm: name },
  places: fc.array(fc.record({ host: name, fromMs: ms }), { minLength: 1, maxLength: 2 }),
  seen: fc.array(sighting, { maxLength: 2 }),
});
const alert = fc.record(
  {
    ...{ labels, annotations: texts, state: fc.constantFrom('pending', 'firing', 'inactive') },
    ...{ value: float, activeAtMs: ms, firedAtMs: ms, resolvedAtMs: ms, lastSentMs: ms },
  },
  { requiredKeys: ['labels', 'annotations', 'state', 'value', 'activeAtMs'] },
);
const told = fc
  .record(
    {
      ...{ status: fc.constantFrom('firing', 'resolved'), fingerprint: name, labels: texts },
      ...{ annotations: texts, value: float, startsAtMs: ms, generatorUrl: name, endsAtMs: ms },
    },
    some,
  )
  .map((one) => ({
    ...{ status: 'firing' as const, fingerprint: 'f', labels: {}, annotations: {}, value: 1 },
    ...{ startsAtMs: 0, generatorUrl: '', ...one },
  }));
const times = fc.dictionary(name, ms, { maxKeys: 2 });
const group = fc.record({
  ...{
    routeId: name,
    groupLabels: texts,
    nextFlushMs: ms,
    firing: fc.array(name, { maxLength: 2 }),
  },
  resolved: fc.array(told, { maxLength: 1 }),
  told: fc.dictionary(name, fc.record({ atMs: ms, firing: times }), { maxKeys: 2 }),
  escalated: fc.dictionary(name, times, { maxKeys: 1 }),
});
const notification = fc.record({
  ...{ id: name, receiver: name, integration: name, groupKey: name, groupLabels: texts, atMs: ms },
  ...{ status: fc.constantFrom('firing', 'resolved'), repeated: fc.boolean() },
  alerts: fc.array(told, { maxLength: 2 }),
});
const listOf = <T>(one: fc.Arbitrary<T>, selector: (value: T) => unknown) =>
  fc.uniqueArray(one, { maxLength: 6, selector: (value) => JSON.stringify(selector(value)) });

const stateArb: fc.Arbitrary<TickState> = fc.record({
  lastTickMs: fc.integer({ min: NOW_MS, max: NOW_MS + 40 * DAY_MS }),
  clockSetBacks: fc.nat(2),
  alerts: fc.dictionary(
    name,
    listOf(alert, (one) => one.labels),
  ),
  recorded: fc.dictionary(
    name,
    listOf(labels, (one) => one),
  ),
  ruleErrors: texts,
  evaluations: fc.dictionary(
    name,
    fc.record(
      { atMs: ms, ruleTookMs: fc.array(fc.nat(), { maxLength: 2 }) },
      { requiredKeys: ['atMs'] },
    ),
  ),
  missing: fc.dictionary(name, fc.record({ lastSeenMs: ms })),
  topology: fc.record({
    atMs: ms,
    hosts: listOf(host, (one) => one.host),
    vms: listOf(vm, (one) => one.uuid),
    written: listOf(labels, (one) => one).map((all) => all.map((one) => [...one])),
  }),
  groups: fc.dictionary(name, group),
  flapping: fc.dictionary(
    name,
    fc.record(
      { firedAtMs: fc.array(ms, { maxLength: 2 }), quietSinceMs: ms, held: told },
      { requiredKeys: ['firedAtMs'] },
    ),
  ),
  outbox: listOf(notification, (one) => one.id).chain((all) =>
    fc.tuple(
      ...all.map((one) =>
        fc.record({ notification: fc.constant(one), attempts: fc.nat(3), notBeforeMs: ms }),
      ),
    ),
  ),
});

/** Without what has no order of its own. */
function inOrder(state: TickState) {
  const sorted = <T>(all: readonly T[]) =>
    all.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const lists = <T>(all: Readonly<Record<string, readonly T[]>>) =>
    Object.fromEntries(
      Object.entries(all)
        // A rule without any is left out.
        .filter(([, one]) => one.length > 0)
        .map(([key, one]) => [key, sorted(one)]),
    );
  const { hosts, vms, written } = state.topology;
  return {
    ...state,
    alerts: lists(state.alerts),
    recorded: lists(state.recorded),
    topology: {
      ...state.topology,
      hosts: sorted(hosts),
      vms: sorted(vms),
      written: sorted(written),
    },
  };
}

/** As another function reads it: other arrays with the same bytes. */
function copied({ bytes, segments }: EncodedState): EncodedState {
  return {
    bytes: bytes && Uint8Array.from(bytes),
    segments: segments.map((segment) => Uint8Array.from(segment)),
  };
}

test('a state is read as it was, whatever was stored before it, by whoever reads it', () => {
  fc.assert(
    fc.property(fc.array(stateArb, { minLength: 1, maxLength: 4 }), (states) => {
      let stored = NOTHING;
      for (const state of states) {
        stored = encodeState(state, copied(stored));
        expect(inOrder(decodeState(stored))).toEqual(inOrder(state));
      }
    }),
    { numRuns: 100 },
  );
}, 30_000);

type Vm = TickState['topology']['vms'][number];
type Host = TickState['topology']['hosts'][number];

const HOSTS = Array.from({ length: 20 }, (_, i) => `kvm-${i}`);
let serial = 0;

function vmOn(hostName: string): Vm {
  const digits = `${Math.imul(++serial, 0x9e3779b1) >>> 0}`.padStart(10, '0');
  const sinceMs = NOW_MS - serial;
  return {
    uuid: `${digits.slice(2)}-${digits}`,
    vm: `vm-${serial}`,
    places: [{ host: hostName, fromMs: sinceMs }],
    seen: [{ host: hostName, kind: 'running', reason: 'booted', sinceMs }],
  };
}

/** Hosts that all were heard just before, each at a second of its own. */
function hostsAt(nowMs: number): Host[] {
  return HOSTS.map((one, i) => {
    const lastMs = Math.floor((nowMs - i * 3000) / MINUTE_MS) * MINUTE_MS + i * 3000 - 10_000;
    return { host: one, condition: 'up', lastMs, libvirtUpMs: lastMs };
  });
}

function fleetState(vms: readonly Vm[], nowMs: number, hosts = hostsAt(nowMs)): TickState {
  const topology = { atMs: nowMs, hosts, vms: [...vms], written: [] };
  return { ...FIRST_STATE, lastTickMs: nowMs, topology };
}

function sizeOf({ bytes, segments }: EncodedState): number {
  return segments.reduce((sum, { length }) => sum + length, bytes?.length ?? 0);
}

/** What happens to a fleet between two ticks: so many VMs move, come and go; after so long. */
const eventsArb = fc.record({
  moves: fc.oneof(fc.constant(0), fc.nat(60)),
  comes: fc.oneof(fc.constant(0), fc.nat(40)),
  goes: fc.oneof(fc.constant(0), fc.nat(400)),
  afterMs: fc.oneof(
    { weight: 20, arbitrary: fc.constant(MINUTE_MS) },
    { weight: 1, arbitrary: fc.constantFrom(9 * DAY_MS, -20 * DAY_MS) },
  ),
});

test('a fleet in which things happen is stored in few segments, and not much larger than it is', () => {
  fc.assert(
    fc.property(fc.array(eventsArb, { minLength: 1, maxLength: 40 }), (all) => {
      let vms = Array.from({ length: 400 }, (_, i) => vmOn(HOSTS[i % HOSTS.length] ?? ''));
      let nowMs = NOW_MS;
      let stored = encodeState(fleetState(vms, nowMs));
      for (const { moves, comes, goes, afterMs } of all) {
        nowMs += afterMs;
        vms = vms.slice(goes).map((one, i) => {
          if (i >= moves) return one;
          const place = { host: HOSTS[(i + serial) % HOSTS.length] ?? '', fromMs: nowMs };
          return { ...one, places: [...one.places, place].slice(-3) };
        });
        vms.push(...Array.from({ length: comes }, (_, i) => vmOn(HOSTS[i % HOSTS.length] ?? '')));
        stored = encodeState(fleetState(vms, nowMs), stored);
        expect(inOrder(decodeState(copied(stored)))).toEqual(inOrder(fleetState(vms, nowMs)));
        expect(stored.segments.length).toBeLessThanOrEqual(8);
      }
      const anew = encodeState(fleetState(vms, nowMs));
      expect(sizeOf(stored)).toBeLessThan(3 * sizeOf(anew) + 20_000);
    }),
    { numRuns: 60 },
  );
}, 60_000);

describe('of a fleet of 1,000 VMs', () => {
  const vms = HOSTS.flatMap((one) => Array.from({ length: 50 }, () => vmOn(one)));
  const first = encodeState(fleetState(vms, NOW_MS));

  /** The heads that ticks write; none of them may write a segment. */
  function headSizes(states: readonly TickState[], from: EncodedState): number[] {
    let stored = from;
    return states.map((state) => {
      const { segments } = stored;
      stored = encodeState(state, stored);
      expect(stored.segments.every((one) => segments.includes(one))).toBe(true);
      expect(inOrder(decodeState(copied(stored)))).toEqual(inOrder(state));
      return stored.bytes?.length ?? 0;
    });
  }

  test('a tick at which nothing happens writes some hundred bytes, at whatever time it is', () => {
    const times = [1, 2, 3, 3.217, 4, 5, 6].map((minutes) => NOW_MS + minutes * MINUTE_MS);
    const sizes = headSizes(
      times.map((nowMs) => fleetState(vms, nowMs)),
      first,
    );
    expect(sizeOf(first)).toBeGreaterThan(15_000);
    expect(Math.max(...sizes)).toBeLessThan(250);
  });

  test('so does one where posts are late, a host is dark, or a libvirt does not answer', () => {
    const states = [1, 2, 3, 4, 5, 6, 7, 8].map((minutes) => {
      const nowMs = NOW_MS + minutes * MINUTE_MS;
      const hosts = hostsAt(nowMs).map((one, i): Host => {
        if (i === 3) return { ...one, condition: 'dark', lastMs: NOW_MS, libvirtUpMs: NOW_MS };
        if (i === 5) return { ...one, libvirtUpMs: NOW_MS, libvirtDownMs: one.lastMs };
        if (i % 4 !== minutes % 4) return one;
        const lastMs = one.lastMs - MINUTE_MS;
        return { ...one, lastMs, libvirtUpMs: lastMs };
      });
      return fleetState(vms, nowMs, hosts);
    });
    expect(Math.max(...headSizes(states, first))).toBeLessThan(450);
  });

  test('what has changed is in the head while it may change again, and is written once more at most', () => {
    const moved = vms.map((one, i) =>
      i % 10 === 0 ? { ...one, places: [...one.places, { host: 'kvm-1', fromMs: NOW_MS }] } : one,
    );
    const at = (minutes: number) => fleetState(moved, NOW_MS + minutes * MINUTE_MS);
    const busy = encodeState(at(1), first);
    expect(busy.segments).toEqual(first.segments);
    const next = encodeState(at(2), busy);
    expect(next.segments).toHaveLength(2);
    expect(next.segments[0]).toBe(first.segments[0]);
    expect(Math.max(...headSizes([at(3), at(4), at(5)], next))).toBeLessThan(250);
  });

  test('all is written anew now and then, before it ends by itself', () => {
    const later = encodeState(fleetState(vms, NOW_MS + 9 * DAY_MS), first);
    expect(later.segments[0]).toBe(first.segments[0]);
    const old = encodeState(fleetState(vms, NOW_MS + 11 * DAY_MS), later);
    expect(old.segments).toHaveLength(1);
    expect(old.segments[0]).not.toBe(first.segments[0]);
  });
});

describe('what an earlier release stored', () => {
  const alerts = {
    rule: [
      { labels: { host: 'a' }, annotations: {}, state: 'firing', value: 'NaN', activeAtMs: 5 },
    ],
  };
  const whole = (state: object): EncodedState => ({
    bytes: deflateRawSync(JSON.stringify(state)),
    segments: [],
  });

  test('is read, and replaced by what is stored now', () => {
    const hosts = hostsAt(NOW_MS);
    const topology = { atMs: NOW_MS, hosts, vms: [vmOn('kvm-1')], written: [['a', 'b']] };
    const old = whole({
      ...{
        version: 2,
        lastTickMs: NOW_MS,
        clockSetBacks: 1,
        recorded: { r: [['a', 'b']] },
        alerts,
      },
      ...{ ruleErrors: { r: 'no' }, evaluations: { g: { atMs: 7, ruleTookMs: [1] } }, topology },
      ...{ missing: { x: { lastSeenMs: 3 } }, groups: {}, flapping: {}, outbox: [] },
    });
    const state = decodeState(old);
    expect(state).toMatchObject({ lastTickMs: NOW_MS, clockSetBacks: 1, topology });
    expect(state.alerts['rule']?.[0]).toMatchObject({ labels: ['host', 'a'], value: Number.NaN });
    expect(decodeState(encodeState(state, old))).toEqual(state);
  });

  test('also by the first of all, which knew no groups', () => {
    const state = decodeState(
      whole({ version: 1, lastTickMs: 9, alerts, missing: {}, outbox: [0] }),
    );
    expect(state).toMatchObject({ lastTickMs: 9, outbox: [], groups: {} });
    expect(state.alerts['rule']).toHaveLength(1);
  });

  test('by a later release is not', () => {
    expect(() => decodeState(whole({ version: 4 }))).toThrow(
      "the evaluator's state is of version 4, and this release knows up to 3",
    );
  });
});
