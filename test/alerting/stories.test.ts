import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { decodeState, encodeState } from '../../core/alerting/state-encoding.ts';
import { tick } from '../../core/alerting/tick.ts';
import { FIRST_STATE, type TickState } from '../../core/alerting/tick-state.ts';
import { FLAPPING } from '../../core/alertmanager/flapping.ts';
import type { Notification } from '../../core/alertmanager/notification-types.ts';
import type { Silence } from '../../core/alertmanager/silence.ts';
import { subjectOf } from '../../core/delivery/headline.ts';
import { emailOf } from '../../core/delivery/message.ts';
import { loadRouting } from '../../functions/evaluate/routing.ts';
import { loadRules } from '../../functions/evaluate/rules.ts';
import { matchers } from '../alertmanager/timeline.ts';
import { batchesOf, MINUTE, START, type Timelines, windowOf } from '../topology/fleet.ts';

/** Whole stories, from what agents post to what people read, by the rules and the routing that ship. */

const RULES = fileURLToPath(new URL('../../rules', import.meta.url));
const { groups, errors } = loadRules(RULES);
const routing = loadRouting(RULES, {
  TOPIC_ARN_CRITICAL: 'arn:aws:sns:local:0:critical',
  TOPIC_ARN_WARNING: 'arn:aws:sns:local:0:warning',
  TOPIC_ARN_INFO: 'arn:aws:sns:local:0:info',
});

interface Played {
  readonly messages: readonly Notification[];
  readonly state: TickState;
}

interface Story {
  readonly silences?: readonly Silence[];
  /** Minutes of which no tick comes. */
  readonly noTicks?: readonly number[];
}

function play(
  timelines: Timelines,
  minutes: number,
  { silences = [], noTicks = [] }: Story = {},
): Played {
  const batches = batchesOf(timelines, minutes);
  const messages: Notification[] = [];
  let state = FIRST_STATE;
  for (let minute = 0; minute < minutes; minute++) {
    if (noTicks.includes(minute)) continue;
    const nowMs = START + (minute + 1) * MINUTE;
    const arrived = batches.filter((batch) => batch.minute <= minute);
    const window = { ...windowOf(arrived, nowMs - 70 * MINUTE, nowMs), errors: [] };
    const step = tick({
      groups,
      windowMs: 70 * MINUTE,
      window,
      state,
      nowMs,
      notify: { ...routing, silences, acknowledgements: [], flapping: FLAPPING, externalUrl: '' },
    });
    expect(step.report.errors).toEqual([]);
    messages.push(...step.notifications);
    // Each tick may be another function's: what is not in the stored form is lost.
    state = decodeState(encodeState({ ...step.state, outbox: [] }));
  }
  return { messages, state };
}

/** The minute in which a message is sent (counted from 1), and its subject. */
function told(played: Played): string[] {
  return played.messages.map(
    (message) => `${(message.atMs - START) / MINUTE} ${subjectOf(message)}`,
  );
}

function silence(match: string, fromMinute: number, toMinute: number): Silence {
  return {
    id: 'b3b5ad5e-6d0e-4f5c-9f6e-0d6b7b4a7f11',
    matchers: matchers(match),
    startsAtMs: START + fromMinute * MINUTE,
    endsAtMs: START + toMinute * MINUTE,
    updatedAtMs: START,
    createdBy: 'me',
    comment: 'new memory',
  };
}

test('the rules and the routing that ship have no faults', () => {
  expect([...errors, ...routing.errors]).toEqual([]);
});

describe('a host that dies', () => {
  const vms = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`vm-${i}`, 'R']));
  const died = { kvm1: { host: 'u u x x x x x x x a u', ...vms }, kvm2: { other: 'R' } };

  test('with 50 VMs is one message that names them, and one when it is back', () => {
    const played = play(died, 25);
    expect(told(played)).toEqual([
      '5 [FIRING:1] HostDown: Host kvm1 is dark, 50 VMs on it',
      '10 [RESOLVED] HostDown: Host kvm1 is dark, 50 VMs on it',
    ]);
    const email = emailOf(played.messages[0] ?? fail(), '');
    expect(email).toContain('vm-0');
    expect(email).toContain('vm-49');
  });

  test('and comes back without three of its VMs says so, in one message', () => {
    const lost = {
      'vm-0': 'R R R R R R R R R U',
      'vm-1': 'R R R R R R R R R U',
      'vm-2': 'R R R R R R R R R U',
    };
    const lines = told(play({ kvm1: { ...died.kvm1, ...lost } }, 25));
    expect(lines.slice(0, 2).map((line) => line.split(':')[0])).toEqual([
      '5 [FIRING',
      '10 [RESOLVED] HostDown',
    ]);
    expect(lines.slice(2)).toEqual(['15 [FIRING:3] VmDown on kvm1: vm-0, vm-1, vm-2']);
  });

  test('takes nothing back that was told of its VMs: they stand until they are heard of again', () => {
    const played = play({ kvm1: { ...died.kvm1, 'vm-0': 'R C C C C C C C C C C C C R' } }, 25);
    expect(told(played)).toEqual([
      '2 [FIRING:1] VmDown: VM vm-0 on kvm1 is down: crashed',
      '5 [FIRING:1] HostDown: Host kvm1 is dark, 50 VMs on it',
      '10 [RESOLVED] HostDown: Host kvm1 is dark, 50 VMs on it',
      '14 [RESOLVED] VmDown: VM vm-0 on kvm1 is down: crashed',
    ]);
  });

  test('for seven days is no news any more; ticks go on', () => {
    const silent = { kvm1: { host: 'u x', web: 'R' } };
    const { state } = play(silent, 30);
    const alerts = Object.values(state.alerts).flat();
    expect(alerts.filter(({ state: is }) => is === 'firing')).toHaveLength(2); // with the watchdog
  });
});

describe('a host that is stopped on purpose', () => {
  test('and rebooted within ten minutes is none', () => {
    const timelines = { kvm1: { host: 'u u Q x x x x a u', web: 'R R S - - - - R' } };
    expect(told(play(timelines, 25))).toEqual([]);
  });

  test('and stays off is a warning, not an outage', () => {
    const lines = told(play({ kvm1: { host: 'u u Q x', web: 'R R S -' } }, 25));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^1\d \[FIRING:1\] HostStopped: /);
  });

  test('and put under maintenance is none, until that is over', () => {
    const timelines = { kvm1: { host: 'u u x', web: 'R', db: 'R' } };
    const lines = told(play(timelines, 40, { silences: [silence('{host="kvm1"}', 1, 30)] }));
    expect(lines).toEqual(['30 [FIRING:1] HostDown: Host kvm1 is dark, 2 VMs on it']);
  });
});

describe('a live migration', () => {
  const moving = {
    kvm1: { web: 'R R R R R M', 'web.job': '_ _ _ migration_out migration_out _' },
    kvm2: { web: '- - - I I m', 'web.job': '_ _ _ migration_in migration_in _' },
  };

  test('is none', () => {
    expect(told(play(moving, 25))).toEqual([]);
  });

  test('of a VM whose alert fires neither ends it nor begins it anew', () => {
    const hot = Array.from({ length: 40 }, (_, i) => (i < 30 ? 99 : 5)).join(' ');
    const lines = {
      kvm1: { web: `${'R '.repeat(18)}R M`, 'web.cpu': hot },
      kvm2: { web: `${'- '.repeat(18)}- m`, 'web.cpu': hot },
    };
    expect(told(play(lines, 50))).toEqual([
      expect.stringMatching(/^1\d \[FIRING:1\] VmCpuHigh: CPU of VM web on kvm1 is 99% busy/),
      expect.stringMatching(/^3\d \[RESOLVED\] VmCpuHigh: CPU of VM web on kvm2 /),
    ]);
  });
});

describe('lost data', () => {
  test('resolves nothing: libvirt that does not answer leaves a crash as it was', () => {
    const timelines = { kvm1: { host: 'u u u ! ! ! ! ! ! ! ! ! u', web: 'R C' } };
    const played = play(timelines, 25);
    expect(told(played).filter((line) => line.includes('VmDown'))).toEqual([
      '2 [FIRING:1] VmDown: VM web on kvm1 is down: crashed',
    ]);
  });

  test('is said: an alert stands on what was last known, and since when', () => {
    const web = { web: 'R', 'web.cpu': '99' };
    const { state } = play({ kvm1: { host: `${'u '.repeat(20)}x`, ...web } }, 40);
    const hot = Object.values(state.alerts)
      .flat()
      .find(({ labels }) => labels.includes('VmCpuHigh'));
    expect(hot).toMatchObject({ state: 'firing', value: 99 });
    expect(hot?.noDataSinceMs).toBe(START + 20 * MINUTE - 10_000);
  });

  test('through a pause in which no tick ran is caught up with', () => {
    const timelines = { kvm1: { host: 'u u u u u u u u u u u u x', web: 'R' } };
    const noTicks = Array.from({ length: 20 }, (_, i) => 5 + i);
    expect(told(play(timelines, 30, { noTicks }))).toEqual([
      '26 [FIRING:1] HostDown: Host kvm1 is dark, 1 VM on it',
    ]);
  });
});

test('restarts of libvirtd and the agent, and what operators do, are none', () => {
  const timelines = {
    kvm1: {
      host: 'u u ! u u u q a u',
      web: 'R',
      stopped: 'R S',
      killed: 'R R R R D',
      saved: 'R R V V R',
      deleted: 'R R R R S -',
    },
  };
  expect(told(play(timelines, 25))).toEqual([]);
});

test('a crash survives a restart of libvirtd, which forgets why the VM is off', () => {
  const timelines = { kvm1: { host: 'u u u ! u', web: 'R C C - U U U U U U U U U U R' } };
  expect(told(play(timelines, 25))).toEqual([
    '2 [FIRING:1] VmDown: VM web on kvm1 is down: crashed',
    '15 [RESOLVED] VmDown: VM web on kvm1 is down: crashed',
  ]);
});

test('a VM that crashes again and again is told twice, then that it flaps', () => {
  const web = `${'R C R R R '.repeat(8)}${'R '.repeat(60)}`.trim();
  const lines = told(play({ kvm1: { web } }, 100));
  expect(lines.map((line) => line.split(' ')[1])).toEqual([
    '[FIRING:1]',
    '[RESOLVED]',
    '[FIRING:1]',
    '[RESOLVED]',
    '[FIRING:1]',
    '[RESOLVED]',
  ]);
});

function fail(): never {
  throw new Error('no message');
}
