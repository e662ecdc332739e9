import { describe, expect, test } from 'vitest';
import { heedClockSetBack } from '../../core/alerting/clock-step.ts';
import { deliveriesOf } from '../../core/alerting/digest.ts';
import {
  claimOutbox,
  enqueue,
  isHopeless,
  type OutboxEntry,
  settleOutbox,
} from '../../core/alerting/outbox.ts';
import { FIRST_STATE } from '../../core/alerting/tick-state.ts';
import type { Notification, NotifiedAlert } from '../../core/alertmanager/notification-types.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** `+a1` is the first firing of alert a, `-a1` its end. */
function alert(word: string): NotifiedAlert {
  const run = Number(word[2]);
  const status = word[0] === '+' ? 'firing' : 'resolved';
  return {
    status,
    fingerprint: word[1] ?? '',
    labels: { alertname: word[1] ?? '' },
    annotations: {},
    value: run,
    startsAtMs: NOW_MS + run * HOUR_MS,
    generatorUrl: '',
  };
}

let ids = 0;

function notification(words: string, group = 'g', atMs = NOW_MS): Notification {
  const alerts = words.split(' ').map(alert);
  return {
    id: `n${ids++}`,
    receiver: 'pager',
    integration: 'webhook[0]',
    groupKey: group,
    groupLabels: {},
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    alerts,
    atMs,
    repeated: false,
  };
}

function words(outbox: readonly Pick<OutboxEntry, 'notification'>[]): string[] {
  return outbox.map(({ notification: { groupKey, alerts } }) => {
    const all = alerts.map(
      ({ status, fingerprint, value }) =>
        `${status === 'firing' ? '+' : '-'}${fingerprint}${value}`,
    );
    return `${groupKey}: ${all.join(' ')}`;
  });
}

function queued(...all: readonly Notification[]): OutboxEntry[] {
  return all.reduce((outbox, one) => enqueue(outbox, [one]), [] as OutboxEntry[]);
}

describe('what nobody tried to deliver yet', () => {
  test('is overtaken by what says more', () => {
    const outbox = queued(notification('+a1'), notification('+b1 +a1'), notification('-a1 -b1'));
    expect(words(outbox)).toEqual(['g: -a1 -b1']);
  });

  test('keeps what the newer does not say to be over', () => {
    expect(words(queued(notification('+a1 -b1'), notification('-a1')))).toEqual(['g: -a1 -b1']);
  });

  test('stays where an end would give way to a new beginning', () => {
    const outbox = queued(notification('-a1'), notification('+a2'), notification('-a2'));
    expect(words(outbox)).toEqual(['g: -a1', 'g: -a2']);
  });

  test('stays where a beginning would go untold, as the alert was silenced since', () => {
    const outbox = queued(notification('+a1'), notification('+b1'));
    expect(words(outbox)).toEqual(['g: +a1', 'g: +b1']);
  });

  test('does not take the newer to a place before what was said of the alert elsewhere', () => {
    const outbox = queued(notification('+b1', 'new'), notification('+a1', 'old'));
    expect(words(enqueue(outbox, [notification('+b1 -a1', 'new')]))).toEqual([
      'new: +b1',
      'old: +a1',
      'new: +b1 -a1',
    ]);
  });
});

describe('claims', () => {
  test('are for the first of each queue', () => {
    const outbox = queued(notification('-a1'), notification('+a2'), notification('+b1', 'other'));
    expect(words(claimOutbox(outbox, NOW_MS).claimed)).toEqual(['g: -a1', 'other: +b1']);
  });

  test('leave alone what comes after another word about the alert, be it of another queue', () => {
    const outbox = queued(notification('+a1', 'old'), notification('-a1', 'new'));
    expect(words(claimOutbox(outbox, NOW_MS).claimed)).toEqual(['old: +a1']);
    const same = queued(notification('+a1', 'one'), notification('+a1', 'two'));
    expect(claimOutbox(same, NOW_MS).claimed).toHaveLength(2);
  });

  test('that were lost to another tick are not let go of', () => {
    const first = claimOutbox(queued(notification('+a1')), NOW_MS);
    const second = claimOutbox(first.outbox, NOW_MS + 2 * MINUTE_MS);
    const id = first.claimed[0]?.notification.id ?? '';
    const failed = new Map([[id, { kind: 'failed', attempt: 1 }]] as const);
    const nowMs = NOW_MS + 2 * MINUTE_MS + 1000;
    expect(settleOutbox(second.outbox, failed, nowMs)).toEqual(second.outbox);
    const own = new Map([[id, { kind: 'failed', attempt: 2 }]] as const);
    expect(
      claimOutbox(settleOutbox(second.outbox, own, nowMs), nowMs + 10_000).claimed,
    ).toHaveLength(1);
  });

  test('stand while a tick may be at it, though the clock is set back', () => {
    const { outbox } = claimOutbox(queued(notification('+a1')), NOW_MS);
    const backMs = NOW_MS - HOUR_MS;
    const state = { ...FIRST_STATE, lastTickMs: NOW_MS, outbox };
    const after = heedClockSetBack(state, backMs, backMs);
    expect(claimOutbox(after.outbox, backMs + 50_000).claimed).toEqual([]);
    expect(claimOutbox(after.outbox, backMs + MINUTE_MS).claimed).toHaveLength(1);
  });
});

test('a tick that was long held up does not take the clock for set back', () => {
  const state = { ...FIRST_STATE, lastTickMs: NOW_MS };
  expect(heedClockSetBack(state, NOW_MS - HOUR_MS, NOW_MS)).toBe(state);
});

test('nothing is given up because the clock leaps', () => {
  const entry = { notification: notification('+a1'), attempts: 2, notBeforeMs: 0 };
  expect(isHopeless(entry, NOW_MS + 24 * HOUR_MS)).toBe(false);
  expect(isHopeless({ ...entry, attempts: 30 }, NOW_MS + 24 * HOUR_MS)).toBe(true);
});

describe('a message made of many', () => {
  const many = Array.from({ length: 12 }, (_, i) => notification(`+${'abcdefghijkl'[i]}1`, `${i}`));

  test('is known by an id of its own, the same if it is sent twice', () => {
    const entries = queued(...many);
    const [first] = deliveriesOf(entries, () => 'topic');
    const [again] = deliveriesOf(entries, () => 'topic');
    expect(first?.entries).toHaveLength(12);
    expect(many.map(({ id }) => id)).not.toContain(first?.notification.id);
    expect(again?.notification.id).toBe(first?.notification.id);
  });

  test('says the newest of an alert that several are about', () => {
    const late = { ...notification('-a1', 'late', NOW_MS + 1), receiver: 'mail' };
    const [made] = deliveriesOf(queued(late, ...many), () => 'topic');
    expect(made?.notification.alerts.find(({ fingerprint }) => fingerprint === 'a')?.status).toBe(
      'resolved',
    );
  });
});
