import { describe, expect, it } from 'vitest';
import type { CollectorRun } from '../../agent/collector-runner.ts';
import { Completeness } from '../../agent/completeness.ts';

const START_MS = Date.UTC(2026, 2, 1, 12);

/** Samples at seconds after the start, and for how many seconds each says that all is told. */
function agent(earlier: { readonly lastMs?: number } = { lastMs: 0 }) {
  const dropped = new Map<string, number>();
  const state = { isBehind: false };
  const made = new Completeness({
    dropped,
    earlierMs: earlier.lastMs,
    isBehind: () => state.isBehind,
  });
  const said = (atSeconds: number, disk: CollectorRun['status'] = 'up') =>
    made.next(START_MS + atSeconds * 1000, [
      { collector: 'disk', status: disk, measurements: [] },
      { collector: 'load', status: 'up', measurements: [] },
    ]);
  return { dropped, state, said };
}

describe('how long samples have told all', () => {
  it('is since the agent began, and an hour at most', () => {
    const { said } = agent();
    expect([0, 10, 20, 3600, 3610, 86_400].map((at) => said(at))).toEqual([
      0, 10, 20, 3600, 3600, 3600,
    ]);
  });

  it('begins anew with samples that were lost, not with one that a series lost', () => {
    const { said, dropped } = agent();
    said(0);
    dropped.set('duplicate', 3);
    expect(said(10)).toBe(10);
    dropped.set('refused', 100);
    expect([said(20), said(30)]).toEqual([0, 10]);
    dropped.set('refused', 200);
    expect([said(40), said(50)]).toEqual([0, 10]);
  });

  it('does not count what was lost before it began', () => {
    const { said, dropped } = agent();
    dropped.set('spool_full', 7);
    expect([said(0), said(10)]).toEqual([0, 10]);
  });

  it('is nothing while minutes wait, and what it was once the server has them', () => {
    const { said, state } = agent();
    said(0);
    state.isBehind = true;
    expect([said(10), said(20)]).toEqual([0, 0]);
    state.isBehind = false;
    expect(said(30)).toBe(30);
  });

  it('is since a collector that fails told of its series last', () => {
    const { said } = agent();
    said(0);
    said(10);
    expect([said(20, 'failed'), said(30, 'failed'), said(40)]).toEqual([10, 20, 40]);
    expect([said(50, 'absent'), said(60, 'failed')]).toEqual([50, 10]);
  });

  it('has nothing to miss of a collector that never worked', () => {
    const { said } = agent();
    expect([said(0, 'failed'), said(10, 'failed')]).toEqual([0, 10]);
  });

  it('does not reach back before what earlier runs or an earlier clock measured', () => {
    const restarted = agent({ lastMs: START_MS + 30_000 });
    expect([0, 20, 30, 50].map((at) => restarted.said(at))).toEqual([0, 0, 0, 20]);
    const unknown = agent({});
    expect(
      [0, 599, 660].map((at) => unknown.said(at)),
      'a clock 10 min ahead',
    ).toEqual([0, 0, 60]);
    const setBack = agent();
    setBack.said(1000);
    expect([setBack.said(100), setBack.said(990), setBack.said(1010)]).toEqual([0, 0, 10]);
  });
});
