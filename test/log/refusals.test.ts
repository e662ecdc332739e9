import { expect, test } from 'vitest';
import type { Fields, Log } from '../../functions/log/log.ts';
import { createRefusals } from '../../functions/log/refusals.ts';

function told() {
  const lines: Fields[] = [];
  const nothing = () => {};
  const warn: Log['warn'] = (message, fields) => lines.push({ message, ...fields });
  let nowMs = 0;
  const note = createRefusals({ debug: nothing, info: nothing, warn, error: nothing }, () => nowMs);
  return { lines, note, at: (ms: number) => (nowMs = ms) };
}

test('the first refusal is told at once, those of the next minute with the one after it, counted', () => {
  const { lines, note, at } = told();
  note('chunk_malformed', 'web-1', 'byte 7 is no varint');
  expect(lines).toEqual([
    {
      message: 'refused',
      code: 'chunk_malformed',
      who: 'web-1',
      reason: 'byte 7 is no varint',
      count: 1,
    },
  ]);
  for (let ms = 1; ms < 60_000; ms += 10) {
    at(ms);
    note('unauthorized', undefined, 'this key is not known here');
  }
  expect(lines).toHaveLength(1);
  at(60_000);
  note('future', 'web-2', 'is the clock right?');
  expect(lines.slice(1)).toEqual([
    expect.objectContaining({ code: 'unauthorized', count: 6000 }),
    expect.objectContaining({ code: 'future', who: 'web-2', count: 1 }),
  ]);
});

test('who comes under thousands of names fills no log', () => {
  const { lines, note, at } = told();
  note('unauthorized', 'first', 'no');
  for (let i = 0; i < 5000; i++) note('unauthorized', `192.0.2.${i}`, 'no'.repeat(1000));
  at(60_000);
  note('unauthorized', 'last', 'no');
  expect(lines).toHaveLength(1 + 21);
  expect(lines.at(-1)).toEqual({ message: 'refused', code: 'others', count: 4981 });
  expect(JSON.stringify(lines).length).toBeLessThan(8000);
});

test('a clock that is set back ends nothing', () => {
  const { lines, note, at } = told();
  at(1e12);
  note('future', 'web-1', 'no');
  at(0);
  note('future', 'web-1', 'no');
  expect(lines).toHaveLength(2);
});
