import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startSchedule } from '../../infra/local/schedule.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-01-01T10:00:42.500Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

const clock = () => new Date().toISOString().slice(11, 19);

test('runs each minute on the minute', async () => {
  const ran: string[] = [];
  const schedule = startSchedule(60_000, async () => void ran.push(clock()));
  await vi.advanceTimersByTimeAsync(180_000);
  expect(ran).toEqual(['10:01:00', '10:02:00', '10:03:00']);
  await schedule.stop();
});

test('a slow run skips the minutes it runs over, and there are never two at once', async () => {
  const ran: string[] = [];
  const schedule = startSchedule(60_000, async () => {
    ran.push(clock());
    if (ran.length === 1) await new Promise((resolve) => setTimeout(resolve, 130_000));
  });
  await vi.advanceTimersByTimeAsync(300_000);
  expect(ran).toEqual(['10:01:00', '10:04:00', '10:05:00']);
  await schedule.stop();
});

test('stop waits for the run under way, and no other begins', async () => {
  let runs = 0;
  let done = false;
  const schedule = startSchedule(60_000, async () => {
    runs++;
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    done = true;
  });
  await vi.advanceTimersByTimeAsync(18_000);
  const stopped = schedule.stop().then(() => done);
  await vi.advanceTimersByTimeAsync(200_000);
  expect(await stopped).toBe(true);
  expect(runs).toBe(1);
});

test('a clock that was set back does not make it run twice for one minute', async () => {
  const ran: string[] = [];
  const schedule = startSchedule(60_000, async () => void ran.push(clock()));
  await vi.advanceTimersByTimeAsync(10_000);
  vi.setSystemTime(Date.parse('2026-01-01T10:00:40Z'));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(ran).toEqual(['10:01:00']);
  await schedule.stop();
});
