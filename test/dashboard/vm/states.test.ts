import { describe, expect, test } from 'vitest';
import type { Lines } from '../../../dashboard/chart/lines.ts';
import { stateSegments, vmEvents } from '../../../dashboard/pages/vm/states.ts';

const MINUTE_MS = 60_000;

/** Each series by its host, state and reason; `x`: there is a sample. */
function told(
  series: Readonly<Record<string, string>>,
  jobs: Readonly<Record<string, string>> = {},
): Lines {
  const count = (Object.values(series)[0] ?? '').split(' ').length;
  const marks = (text: string, value: number) =>
    text.split(' ').map((one) => (one === 'x' ? value : null));
  return {
    grid: { startMs: 0, count, stepMs: MINUTE_MS },
    lines: [
      ...Object.entries(series).map(([key, text]) => {
        const [host = '', state = '', reason = ''] = key.split(' ');
        return {
          labels: { __name__: 'vm_state', host, reason },
          values: marks(text, Number(state)),
        };
      }),
      ...Object.entries(jobs).map(([operation, text]) => ({
        labels: { __name__: 'vm_job_active', operation },
        values: marks(text, 1),
      })),
    ],
  };
}

const shown = (lines: Lines) =>
  stateSegments(lines).map(
    ({ state, fromMs, toMs }) => `${state} ${fromMs / MINUTE_MS}-${toMs / MINUTE_MS}`,
  );

describe('what a VM was', () => {
  test('crashed and started again', () => {
    const lines = told({
      'a 1 booted': 'x x _ _ x x',
      'a 5 crashed': '_ _ x x _ _',
    });
    expect(shown(lines)).toEqual(['running 0-2', 'crashed 2-4', 'running 4-5']);
  });

  test('moved: the host that it left does not say it is off', () => {
    const lines = told(
      {
        'a 1 booted': 'x x x _ _',
        'a 5 migrated': '_ _ _ x x',
        'b 3 migrating': '_ x x _ _',
        'b 1 migrated': '_ _ _ x x',
      },
      { migration_out: '_ x x _ _' },
    );
    expect(shown(lines)).toEqual(['running 0-1', 'migrating 1-3', 'running 3-4']);
  });

  test('nothing is known while its host is silent', () => {
    expect(shown(told({ 'a 1 booted': 'x x _ _ x' }))).toEqual(['running 0-2', 'running 4-4']);
  });

  test('trouble within a step is not hidden by what came after it', () => {
    const lines = told({ 'a 1 booted': 'x x x', 'a 5 crashed': '_ x _', 'a 3 user': '_ _ x' });
    expect(shown(lines)).toEqual(['running 0-1', 'crashed 1-2', 'running 2-2']);
  });
});

describe('what happened to a VM', () => {
  const span = { fromMs: 0, toMs: 100 * MINUTE_MS };
  const kinds = (lines: Lines) =>
    vmEvents(stateSegments(lines), [], span).map(({ kind, atMs }) => `${kind} ${atMs / MINUTE_MS}`);

  test('is told by the change, the newest first', () => {
    const lines = told({
      'a 1 booted': 'x _ _ x _ x',
      'a 5 crashed': '_ x _ _ _ _',
      'a 5 shutdown': '_ _ x _ _ _',
      'a 3 user': '_ _ _ _ x _',
    });
    expect(kinds(lines)).toEqual(['resumed 5', 'paused 4', 'booted 3', 'crashed 1']);
  });

  test('a move is one event, a stay long after another one is not', () => {
    const at = (minutes: number) => minutes * MINUTE_MS;
    const stays = [
      { host: 'a', fromMs: -at(500), toMs: at(10) },
      { host: 'b', fromMs: at(10), toMs: at(20) },
      { host: 'c', fromMs: at(60) },
    ];
    expect(vmEvents([], stays, span)).toEqual([
      { atMs: at(60), kind: 'appeared', to: 'c' },
      { atMs: at(20), kind: 'left', from: 'b' },
      { atMs: at(10), kind: 'migrated', from: 'a', to: 'b' },
    ]);
  });
});
