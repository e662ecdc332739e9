import { describe, expect, test } from 'vitest';
import type { BoardAlert } from '../../../core/answers/alert-board.ts';
import type { AlertExplanation, ExplainedDelivery } from '../../../core/answers/explain.ts';
import { readOldLink, viewOf } from '../../../dashboard/pages/alerts/address.ts';
import { groupsOf, isIn, runbookOf, titleOf } from '../../../dashboard/pages/alerts/board-view.ts';
import { conditionWords } from '../../../dashboard/pages/alerts/condition-text.ts';
import { bandsOf, seriesName } from '../../../dashboard/pages/alerts/sample-parts.ts';
import { endOf, fromInput, toInput } from '../../../dashboard/pages/alerts/silence-times.ts';
import { quietOf, storyOf } from '../../../dashboard/pages/alerts/story.ts';

const AT_MS = new Date(2026, 2, 1, 22, 30).getTime();

function alert(more: Partial<BoardAlert> = {}): BoardAlert {
  return {
    ...{ fingerprint: 'a', labels: { alertname: 'A' }, annotations: {}, state: 'firing', value: 1 },
    ...{ activeAtMs: AT_MS, silencedBy: [], inhibitedBy: [], mutedBy: [] },
    groups: [{ receiver: 'ops', routeId: '{}', groupLabels: { alertname: 'A' } }],
    ...more,
  };
}

describe('the address', () => {
  test('names a view; any other is the firing alerts', () => {
    expect(viewOf(new URLSearchParams('view=history'))).toBe('history');
    expect(viewOf(new URLSearchParams('view=x'))).toBe('firing');
  });

  test.each([
    ['#/alerts?filter=%7Bhost%3D%22a%22%7D', { filter: 'host="a"', isSilence: false }],
    ['#/silences/new?filter=%7Bhost%3D%22a%22%7D', { filter: 'host="a"', isSilence: true }],
    ['#/status', undefined],
    ['', undefined],
  ])('%s, as messages have it', (hash, expected) => {
    expect(readOldLink(hash)).toEqual(expected);
  });
});

describe('alerts of the board', () => {
  test('are in the views they belong to', () => {
    const noData = alert({ noDataSinceMs: 1 });
    expect([isIn('firing', noData), isIn('no-data', noData)]).toEqual([true, true]);
    const silenced = alert({ silencedBy: ['x'] });
    expect([isIn('firing', silenced), isIn('muted', silenced)]).toEqual([false, true]);
    expect(isIn('resolved', alert({ state: 'resolved' }))).toBe(true);
  });

  test('are grouped as they are told', () => {
    const other = { receiver: 'db', routeId: '{}/x', groupLabels: {} };
    const groups = groupsOf('firing', [
      alert(),
      alert({ fingerprint: 'b', groups: [other] }),
      alert({ fingerprint: 'c' }),
    ]);
    expect(groups.map(({ receivers, alerts }) => [receivers, alerts.length])).toEqual([
      [['ops'], 2],
      [['db'], 1],
    ]);
  });

  test('are called by what they are about', () => {
    expect(titleOf({ alertname: 'A', host: 'h' })).toBe('A: h');
    expect(titleOf({ alertname: 'A', host: 'h', vm: 'v' })).toBe('A: v on h');
    expect(titleOf({ alertname: 'A' })).toBe('A');
  });

  test('have a runbook only where it is a page', () => {
    expect(runbookOf({ runbook_url: 'https://a.example/x' })).toBe('https://a.example/x');
    expect(runbookOf({ runbook_url: 'javascript:alert(1)' })).toBeUndefined();
  });
});

describe('how long a silence holds', () => {
  test('until tomorrow morning; at night until this one', () => {
    const morning = new Date(2026, 2, 2, 8).getTime();
    expect(endOf('morning', AT_MS)).toBe(morning);
    expect(endOf('morning', new Date(2026, 2, 2, 3, 12).getTime())).toBe(morning);
    expect(endOf('4h', AT_MS)).toBe(AT_MS + 4 * 3_600_000);
  });

  test('a chosen time is read as it was written', () => {
    expect(fromInput(toInput(AT_MS))).toBe(AT_MS);
    expect(fromInput('')).toBeUndefined();
  });
});

function explanation(more: Partial<AlertExplanation> = {}): AlertExplanation {
  return {
    ...{ atMs: AT_MS, fingerprint: 'a', labels: { alertname: 'A' }, annotations: {} },
    life: { state: 'firing', activeAtMs: 1000, firedAtMs: 2000, isFromHistory: false },
    samples: { fromMs: 0, toMs: 0, stepMs: 0, timesMs: [], conditions: [] },
    ...{ silences: [], inhibitions: [], routes: [], groups: [], deliveries: [], warnings: [] },
    ...{ isDeliveriesCut: false, readUnits: 0 },
    ...more,
  };
}

function told(more: Partial<ExplainedDelivery> = {}): ExplainedDelivery {
  return {
    ...{ notificationId: '1', receiver: 'ops', integration: 'sns[0]', target: 'topic', of: '' },
    ...{ told: 'firing', decidedAtMs: 2000, repeated: false, others: 0, result: 'accepted' },
    ...{ endedAtMs: 2500, tries: 1, reason: '' },
    ...more,
  };
}

describe('the story of an alert', () => {
  test('is in order, reminders counted', () => {
    const events = storyOf(
      explanation({
        deliveries: [
          told({ notificationId: '3', repeated: true, decidedAtMs: 9000 }),
          told({ notificationId: '2', repeated: true, decidedAtMs: 5000 }),
          told(),
        ],
      }),
    );
    expect(events.map(({ kind }) => kind)).toEqual(['active', 'fired', 'told', 'repeats']);
    expect(events.at(-1)).toMatchObject({ count: 2, lastMs: 9000 });
  });

  test('says why nobody is told', () => {
    const pending = { state: 'pending', activeAtMs: 0, isFromHistory: false } as const;
    expect(quietOf(explanation({ life: pending }))).toEqual(['pending']);
    expect(quietOf(explanation())).toEqual(['nobody']);
    const way = { name: 'sns[0]', target: 'topic', of: 'x', sendResolved: true } as const;
    const group = { routeId: '{}', receiver: 'ops', groupKey: '', groupLabels: {}, others: 0 };
    const groups = [{ ...group, integrations: [way], escalations: [] }];
    expect(quietOf(explanation({ groups }))).toEqual([]);
  });
});

test('a condition in words, with its unit', () => {
  const condition = { expr: 'x', series: [], seriesLeftOut: 0 };
  const cpu = { metric: 'host_cpu_usage_percent', op: '>', threshold: 90 } as const;
  expect(conditionWords({ ...condition, ...cpu })).toBe('host_cpu_usage_percent above 90 %');
  expect(conditionWords(condition)).toBe('x');
});

test('bands are when it was pending and when it fired; a series is named by what tells it apart', () => {
  const bands = bandsOf(explanation());
  expect(bands.map(({ fromMs, toMs, isPending }) => [fromMs, toMs, isPending])).toEqual([
    [1000, 2000, true],
    [2000, AT_MS, false],
  ]);
  expect(seriesName({ host: 'h', device: 'sda' }, { host: 'h' })).toBe('device=sda');
  expect(seriesName({ host: 'h' }, { host: 'h' })).toBe('h');
});
