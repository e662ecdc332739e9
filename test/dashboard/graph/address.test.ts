import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generatorUrl } from '../../../core/alerting/generator-url.ts';
import {
  type PanelState,
  parseMoment,
  parseSpan,
  readPanels,
  spanText,
  writePanels,
} from '../../../dashboard/pages/graph/address.ts';

const MINUTE = 60_000;

describe('an address', () => {
  test('as messages have it opens the table of its expression', () => {
    const expr =
      'avg_over_time(host_cpu_usage_percent{host=~"a|b"}[5m]) > 90 and on (host) up == 1';
    const { searchParams } = new URL(generatorUrl('https://example.com/x', expr));
    expect(readPanels(searchParams)).toEqual([
      { expr, tab: 'table', rangeMs: 60 * MINUTE, isStacked: false },
    ]);
  });

  test('as Prometheus writes it is understood', () => {
    const query = new URLSearchParams(
      'g0.expr=up&g0.show_tree=0&g0.tab=graph&g0.end_input=2026-11-23%2017%3A05%3A09&g0.moment_input=2026-11-23%2017%3A05%3A09&g0.range_input=1d12h&g0.res_type=auto&g0.res_density=medium&g0.display_mode=stacked&g0.step_input=30&g2.expr=b&g2.tab=1&g2.stacked=1',
    );
    expect(readPanels(query)).toEqual([
      {
        ...{ expr: 'up', tab: 'graph', rangeMs: 36 * 60 * MINUTE, isStacked: true },
        ...{ endMs: Date.UTC(2026, 10, 23, 17, 5, 9), stepMs: 30_000 },
      },
      { expr: 'b', tab: 'table', rangeMs: 60 * MINUTE, isStacked: true },
    ]);
  });

  test('with nonsense has an hour of nothing', () => {
    const query = new URLSearchParams(
      'g0.range_input=x&g0.end_input=never&g0.step_input=-3&h0.expr=a',
    );
    expect(readPanels(query)).toEqual([
      { expr: '', tab: 'graph', rangeMs: 60 * MINUTE, isStacked: false },
    ]);
    expect(readPanels(new URLSearchParams())).toHaveLength(1);
    const many = new URLSearchParams(Array.from({ length: 50 }, (_, i) => [`g${i}.expr`, 'a']));
    expect(readPanels(many)).toHaveLength(10);
  });

  test('says all that a panel is, and nothing of those that are gone', () => {
    const panel: fc.Arbitrary<PanelState> = fc
      .record({
        expr: fc.string({ unit: 'grapheme' }),
        tab: fc.constantFrom('graph' as const, 'table' as const),
        rangeMs: fc.integer({ min: 60, max: 40_000_000 }).map((s) => s * 1000),
        endMs: fc.option(fc.integer({ min: 1e9, max: 4e9 }).map((s) => s * 1000)),
        stepMs: fc.option(fc.integer({ min: 1, max: 1e7 })),
        isStacked: fc.boolean(),
      })
      .map(({ endMs, stepMs, ...rest }) => ({
        ...rest,
        ...(endMs === null ? {} : { endMs }),
        ...(stepMs === null ? {} : { stepMs }),
      }));
    const panels = fc.array(panel, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(panels, panels, (before, after) => {
        const query = new URLSearchParams('other=1');
        for (const next of [before, after]) {
          for (const [name, value] of Object.entries(writePanels(query, next))) {
            if (value === undefined) query.delete(name);
            else query.set(name, value);
          }
        }
        expect(readPanels(query)).toEqual(after);
        expect(query.get('other')).toBe('1');
      }),
    );
  });
});

test.each([
  ['1h', 60 * MINUTE],
  ['90', 90_000],
  ['1d12h30m', 2190 * MINUTE],
  ['500ms', 500],
  ['1w', 7 * 1440 * MINUTE],
  ['', undefined],
  ['0', undefined],
  ['1h ago', undefined],
  ['h', undefined],
])('a span %s', (text, ms) => {
  expect(parseSpan(text)).toBe(ms);
});

test('a span is read as it was written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e12 }), (ms) => {
      expect(parseSpan(spanText(ms))).toBe(ms);
    }),
  );
  expect(spanText(7 * 1440 * MINUTE)).toBe('7d');
  expect(spanText(90 * MINUTE)).toBe('1h30m');
});

test.each([
  ['2026-11-23 17:05', Date.UTC(2026, 10, 23, 17, 5)],
  ['2026-11-23T17:05:09.5+01:00', Date.UTC(2026, 10, 23, 16, 5, 9, 500)],
  ['2026-11-23', Date.UTC(2026, 10, 23)],
  ['1763917509', 1_763_917_509_000],
  ['2026-13-99 00:00', undefined],
  ['yesterday', undefined],
])('a moment %s', (text, ms) => {
  expect(parseMoment(text)).toBe(ms);
});
