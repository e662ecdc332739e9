import { describe, expect, it } from 'vitest';
import { evaluate, evaluateInstant } from '../../core/promql/evaluate.ts';
import { FUNCTIONS } from '../../core/promql/function-signatures.ts';
import { ask, parsed, source } from './harness.ts';

const MINUTE_MS = 60_000;
const data = source(MINUTE_MS, 'a 1 2 3 4 5 6 7 8 9 10', 'b{host="x"} 10 20 30');

describe('an evaluation can be held back', () => {
  it('by a clock that says stop', () => {
    const grid = { startMs: 0, endMs: 0, stepMs: 0 };
    const stopped = evaluate(parsed('sum(rate(a[5m]))'), grid, data, { shouldStop: () => true });
    expect(stopped).toEqual({
      ok: false,
      error: { code: 'timeout', message: 'query timed out in expression evaluation' },
    });
  });

  it('by a number of values', () => {
    const grid = { startMs: 0, endMs: 100 * MINUTE_MS, stepMs: MINUTE_MS };
    const tooMany = evaluate(parsed('a or b'), grid, data, { cellsMax: 100 });
    expect(tooMany.ok ? 'a value' : tooMany.error.message).toContain('too many samples');
    expect(evaluate(parsed('a or b'), grid, data, { cellsMax: 1000 }).ok).toBe(true);
  });

  it('and looks back as far as told', () => {
    const at = (lookbackMs: number) => {
      const result = evaluateInstant(parsed('b'), 4 * MINUTE_MS, data, { lookbackMs });
      return result.ok && result.value.kind === 'vector' ? result.value.samples.length : -1;
    };
    expect([at(MINUTE_MS), at(2 * MINUTE_MS), at(2 * MINUTE_MS + 1)]).toEqual([0, 0, 1]);
  });
});

describe('names that go at the end', () => {
  it('do not tell series that never had one from those that had', () => {
    const result = evaluateInstant(
      parsed('count_values("v", vector(1) or b == bool 30)'),
      2 * MINUTE_MS,
      data,
      { delayedNameRemoval: true },
    );
    const samples = [{ labels: ['v', '1'], value: 2 }];
    expect(result).toEqual({ ok: true, value: { kind: 'vector', samples } });
  });

  it('leave equal series as they are at a single instant, and count them both', () => {
    const query = '{__name__=~"a|b"} + on (__name__) {__name__=~"a|b"}';
    const options = { delayedNameRemoval: true };
    const counted = evaluateInstant(parsed(`count(${query})`), 0, data, options);
    const samples = [{ labels: [], value: 2 }];
    expect(counted).toEqual({ ok: true, value: { kind: 'vector', samples } });
    const both = evaluateInstant(parsed(query), 0, data, options);
    expect(both.ok ? 'a value' : both.error.message).toContain('the same labelset');
  });
});

describe('every function', () => {
  it('has a value', () => {
    const texts = { vector: 'a', matrix: 'a[5m]', scalar: '0.5', string: '"x"' };
    for (const [name, { args }] of FUNCTIONS) {
      const given = args.map((type, i) => (name === 'info' && i === 1 ? '{x=""}' : texts[type]));
      const query = `${name}(${given.join(', ')})`;
      const result = evaluateInstant(parsed(query), 5 * MINUTE_MS, data);
      expect(result.ok ? 'a value' : result.error.message, query).toBe('a value');
    }
  });
});

describe('ranges with values at their very ends', () => {
  it('take the last sample before, or a point between two', () => {
    const atMs = 3.5 * MINUTE_MS;
    expect(ask(data, 'increase(a[90s] anchored)', atMs)).toEqual(['{} 1']);
    expect(ask(data, 'increase(a[90s] smoothed)', atMs)).toEqual(['{} 1.5']);
    expect(ask(data, 'a smoothed', atMs)).toEqual(['a 4.5']);
    expect(ask(data, 'changes(a[90s] anchored)', atMs)).toEqual(['{} 1']);
    expect(ask(data, 'deriv(a[90s] smoothed)', atMs)).toEqual([
      'error: smoothed modifier can only be used with: delta, increase, rate - not with deriv',
    ]);
  });
});

describe('durations that are computed', () => {
  it('from numbers and from the grid', () => {
    const atMs = 9 * MINUTE_MS;
    expect(ask(data, 'count_over_time(a[1m * 2 + 60])', atMs)).toEqual(['{} 3']);
    expect(ask(data, 'a offset -(-1m * 2)', atMs)).toEqual(['a 8']);
    expect(ask(data, 'a[max_of(step(), 1m)]', atMs)).toEqual([`a 10@${atMs}`]);
    expect(ask(data, 'count_over_time(a[range()])', atMs)).toEqual([
      'error: 18:25: duration must be greater than 0',
    ]);
    const grid = { startMs: 3 * MINUTE_MS, endMs: 9 * MINUTE_MS, stepMs: 3 * MINUTE_MS };
    const result = evaluate(parsed('count_over_time(a[step()])'), grid, data);
    expect(result.ok && result.value.kind === 'vector' && [...result.value.block.values]).toEqual([
      3, 3, 3,
    ]);
  });
});

describe('info metrics', () => {
  const fleet = source(
    MINUTE_MS,
    'up{instance="i", job="j"} 1 1',
    'up{instance="k", job="j"} 0 0',
    'target_info{instance="i", job="j", version="v1"} 1 1',
  );

  it('lend their labels', () => {
    expect(ask(fleet, 'info(up)', MINUTE_MS)).toEqual([
      'up{instance="i", job="j", version="v1"} 1',
      'up{instance="k", job="j"} 0',
    ]);
    expect(ask(fleet, 'info(up, {version="v1"})', MINUTE_MS)).toEqual([
      'up{instance="i", job="j", version="v1"} 1',
    ]);
  });
});
