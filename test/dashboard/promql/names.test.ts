import { describe, expect, test } from 'vitest';
import { parsePromql } from '../../../core/promql/parse.ts';
import { createNames, type NameMatcher } from '../../../dashboard/promql/names.ts';

/** Names of a deployment that notes what it is asked. */
function deployment(answers: Readonly<Record<string, readonly string[] | Error>> = {}) {
  const asked: string[] = [];
  let nowMs = 1_000_000;
  const answer = async (question: string): Promise<readonly string[]> => {
    asked.push(question);
    const found = answers[question] ?? [];
    if (found instanceof Error) throw found;
    return found;
  };
  const names = createNames(
    {
      labelNames: (selector) => answer(`labels of ${selector}`),
      labelValues: (label, selector) => answer(`${label} of ${selector}`),
    },
    () => nowMs,
    () => new Promise(() => {}),
  );
  const later = (ms: number) => {
    nowMs += ms;
  };
  return { names, asked, later };
}

describe('names of metrics', () => {
  test('are those of the catalogue and those that are sent here, asked for once in ten minutes', async () => {
    const { names, asked, later } = deployment({
      '__name__ of undefined': ['up', 'my_app_requests'],
    });
    expect(names.seenMetrics()).toBeUndefined();
    const found = await names.metrics();
    expect(found).toContain('my_app_requests');
    expect(found).toContain('host_cpu_usage_percent');
    expect(names.seenMetrics()).toEqual(new Set(['up', 'my_app_requests']));
    later(9 * 60_000);
    await names.metrics();
    expect(asked).toHaveLength(1);
    later(2 * 60_000);
    await names.metrics();
    expect(asked).toHaveLength(2);
  });

  test('are the catalogue’s while the API is slow', async () => {
    const names = createNames(
      { labelNames: async () => [], labelValues: () => new Promise(() => {}) },
      () => 0,
      async () => {},
    );
    expect(await names.metrics()).toContain('vm_state');
  });

  test('are the catalogue’s while the API fails, which is asked again after half a minute', async () => {
    const { names, asked, later } = deployment({ '__name__ of undefined': new Error('busy') });
    expect(await names.metrics()).toContain('up');
    await names.metrics();
    expect(asked).toHaveLength(1);
    later(31_000);
    await names.metrics();
    expect(asked).toHaveLength(2);
  });
});

describe('labels', () => {
  test('of our own metrics are known without a question', async () => {
    const { names, asked } = deployment();
    expect(await names.labels('host_disk_busy_percent')).toEqual(['host', 'device']);
    expect(await names.labels('vm_cpu_usage_percent')).toEqual(['host', 'vm', 'uuid']);
    expect(await names.labels('')).toContain('severity');
    expect(asked).toEqual([]);
  });

  test('of others are asked for', async () => {
    const { names } = deployment({ 'labels of my_app': ['__name__', 'zone'] });
    expect(await names.labels('my_app')).toEqual(['zone']);
  });
});

describe('values of a label', () => {
  test.each<[string, string, NameMatcher[], string | undefined]>([
    ['host', 'up', [], 'up'],
    ['host', '', [], undefined],
    [
      'device',
      'host_disk_busy_percent',
      [
        { name: 'host', op: '=', value: 'a"b\\' },
        { name: 'device', op: '=~', value: 'sd' },
        { name: 'x', op: '=', value: '' },
      ],
      'host_disk_busy_percent{host="a\\"b\\\\"}',
    ],
    // Nothing but exclusions asks for nothing.
    ['vm', '', [{ name: 'host', op: '!=', value: 'a' }], undefined],
    ['vm', '', [{ name: 'host', op: '=~', value: 'a.+' }], '{host=~"a.+"}'],
    [
      'vm',
      'my metric',
      [{ name: 'b c', op: '!=', value: 'x' }],
      '{__name__="my metric","b c"!="x"}',
    ],
  ])('%s of %s with %j is asked of what fits so far', async (label, metric, matchers, selector) => {
    const { names, asked } = deployment();
    await names.values(label, metric, matchers);
    await names.values(label, metric, matchers);
    expect(asked).toEqual([`${label} of ${selector}`]);
    if (selector !== undefined) expect(parsePromql(selector)).toMatchObject({ ok: true });
  });

  test('are kept of the last questions only', async () => {
    const { names, asked } = deployment();
    for (let i = 0; i < 60; i++) await names.values('vm', `metric_${i}`, []);
    await names.values('vm', 'metric_59', []);
    expect(asked).toHaveLength(60);
    await names.values('vm', 'metric_0', []);
    expect(asked).toHaveLength(61);
  });
});
