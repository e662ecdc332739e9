import { describe, expect, it } from 'vitest';
import { UrgentPace } from '../../agent/urgent-pace.ts';

function paceAt(startMs = 0) {
  let nowMs = startMs;
  const pace = new UrgentPace(() => nowMs);
  /** A sample is taken now; was it posted at once? */
  const sample = (hasTrouble: boolean): boolean => {
    pace.beginSample();
    return pace.isPostDue(hasTrouble);
  };
  return { pace, sample, pass: (ms: number) => (nowMs += ms) };
}

describe('urgent samples and posts', () => {
  it('are not wanted while nothing happens', () => {
    const { pace, sample } = paceAt();
    expect(pace.sampleInMs()).toBeUndefined();
    expect(sample(false)).toBe(false);
  });

  it('follow an event by a quarter of a second, in which others of the same time are gathered', () => {
    const { pace, sample, pass } = paceAt();
    pace.raise();
    pass(100);
    pace.raise();
    expect(pace.sampleInMs()).toBe(150);
    pass(150);
    expect(pace.sampleInMs()).toBe(0);
    expect(sample(true)).toBe(true);
    expect(pace.sampleInMs()).toBeUndefined();
  });

  it('are at least 5 s apart, and none is forgotten meanwhile', () => {
    const { pace, sample, pass } = paceAt();
    expect(sample(true), 'found by a regular sample').toBe(true);
    pass(1000);
    pace.raise();
    expect(pace.sampleInMs()).toBe(4000);
    pass(1000);
    expect(sample(true), 'the regular sample comes sooner than the one wanted').toBe(false);
    expect(pace.sampleInMs()).toBe(3000);
    pass(3000);
    expect(sample(false), 'nothing new, but the one before is owed').toBe(true);
    expect(pace.sampleInMs()).toBeUndefined();
  });

  it('are not posted for an event that no VM has come to harm by', () => {
    const { pace, sample, pass } = paceAt();
    pace.raise();
    pass(250);
    expect(sample(false)).toBe(false);
    expect(pace.sampleInMs()).toBeUndefined();
  });
});

describe('the wait for the next sample', () => {
  it('ends with an event, and with the signal', async () => {
    const { pace } = paceAt();
    const stop = new AbortController();
    const event = pace.sleep(3_600_000, stop.signal);
    pace.raise();
    await event;
    const end = pace.sleep(3_600_000, stop.signal);
    stop.abort();
    await end;
    await pace.sleep(3_600_000, stop.signal);
  });
});
