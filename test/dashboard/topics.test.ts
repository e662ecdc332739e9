import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiFailure } from '../../dashboard/api/failure.ts';
import { followTopic, refreshTopics, topicOf } from '../../dashboard/api/topics.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A topic whose answers are `answers` in turn, the last one ever after. */
function asking(key: string, answers: readonly (string | ApiFailure)[], everyMs?: number) {
  let asked = 0;
  const load = async () => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    if (answer instanceof ApiFailure) throw answer;
    return answer;
  };
  const topic = topicOf(key);
  return {
    topic,
    follow: () => followTopic(topic, { load, everyMs }),
    asked: () => asked,
    known: () => topic.known.value,
  };
}

describe('what is polled', () => {
  test('is asked for at once, then again and again, until nobody shows it', async () => {
    const { follow, asked, known } = asking('often', ['a', 'b'], 10_000);
    const leave = follow();
    expect(known()).toMatchObject({ isLoading: true });
    await vi.advanceTimersByTimeAsync(0);
    expect(known()).toMatchObject({ data: 'a', isLoading: false, atMs: Date.now() });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(known()).toMatchObject({ data: 'b' });
    leave();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked()).toBe(2);
  });

  test('is asked for once, however many show it', async () => {
    const { follow, asked } = asking('shared', ['a'], 10_000);
    const leave = [follow(), follow(), follow()];
    await vi.advanceTimersByTimeAsync(0);
    expect(asked()).toBe(1);
    leave[0]?.();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked()).toBe(2);
    for (const each of leave) each();
  });

  test('keeps the last good answer while newer ones fail, and is tried again after 4, 8, 16 s', async () => {
    const down = new ApiFailure('down', 503, 'unavailable');
    const { follow, asked, known } = asking('failing', ['a', down, down, down, 'b'], 10_000);
    const leave = follow();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(known()).toMatchObject({ data: 'a', failure: down });
    const counts: number[] = [];
    for (const waitMs of [4_000, 8_000, 16_000]) {
      await vi.advanceTimersByTimeAsync(waitMs - 1);
      counts.push(asked());
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(counts).toEqual([2, 3, 4]);
    expect(known()).toMatchObject({ data: 'b', isLoading: false });
    expect(known().failure).toBeUndefined();
    leave();
  });

  test('waits as long as the API says', async () => {
    const busy = new ApiFailure('busy', 429, '', 30_000);
    const { follow, asked } = asking('limited', [busy, 'a'], 1_000);
    const leave = follow();
    await vi.advanceTimersByTimeAsync(29_999);
    expect(asked()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked()).toBe(2);
    leave();
  });

  test('is not asked for again when the question was wrong, unless somebody wants it', async () => {
    const wrong = new ApiFailure('no such host', 404, 'not_found');
    const { follow, asked, known } = asking('wrong/1', [wrong, 'a'], 1_000);
    const leave = follow();
    await vi.advanceTimersByTimeAsync(300_000);
    expect([asked(), known().failure]).toEqual([1, wrong]);
    refreshTopics('wrong/');
    await vi.advanceTimersByTimeAsync(0);
    expect(known()).toMatchObject({ data: 'a' });
    leave();
  });

  test('is there at once for who comes back, and renewed', async () => {
    const { follow, asked, known } = asking('again', ['a', 'b'], 10_000);
    follow()();
    const leave = follow();
    await vi.advanceTimersByTimeAsync(0);
    leave();
    await vi.advanceTimersByTimeAsync(20_000);
    const before = asked();
    const leaveAgain = follow();
    expect(known().data).toBeDefined();
    await vi.advanceTimersByTimeAsync(0);
    expect(asked()).toBe(before + 1);
    leaveAgain();
  });
});
