import { expect, test } from 'vitest';
import { type TableRow, toCsv, toJson } from '../../../dashboard/pages/graph/copy.ts';
import { parsePast, withQuery } from '../../../dashboard/pages/graph/history.ts';
import { rankedLines } from '../../../dashboard/pages/graph/ranking.ts';

const ROWS: TableRow[] = [
  { labels: { host: 'a', note: 'say "x", then' }, value: '12.5', atMs: 0 },
  { labels: { host: '=1+2' }, value: '-Inf', atMs: 1500 },
  { labels: { host: '-3' }, value: 'NaN', atMs: 1500 },
];

test('rows are copied as CSV, with no formula in them', () => {
  expect(toCsv(ROWS)).toBe(
    [
      'host,note,time,value',
      'a,"say ""x"", then",1970-01-01T00:00:00.000Z,12.5',
      "'=1+2,,1970-01-01T00:00:01.500Z,-Inf",
      '-3,,1970-01-01T00:00:01.500Z,NaN',
      '',
    ].join('\r\n'),
  );
});

test('rows are copied as the API has them', () => {
  expect(JSON.parse(toJson(ROWS.slice(1, 2)))).toEqual([
    { metric: { host: '=1+2' }, value: [1.5, '-Inf'] },
  ]);
});

test('what was asked is kept once, the newest first, and not for ever', () => {
  let past = withQuery([], ' up ', 1);
  past = withQuery(past, 'vm_up', 2);
  past = withQuery(past, 'up', 3);
  past = withQuery(past, '  ', 4);
  past = withQuery(past, 'x'.repeat(5000), 5);
  expect(past).toEqual([
    { expr: 'up', atMs: 3 },
    { expr: 'vm_up', atMs: 2 },
  ]);
  for (let i = 0; i < 200; i++) past = withQuery(past, `q${i}`, i);
  expect(past).toHaveLength(100);
  expect(parsePast(JSON.stringify(past))).toEqual(past);
  for (const broken of [undefined, '', '{', '[1]', '{"expr":1}'])
    expect(parsePast(broken)).toEqual([]);
});

test('of too many lines those that matter come first', () => {
  const line = (name: string, ...values: (number | null)[]) => ({ labels: { name }, values });
  const lines = [
    line('low', 1, 1),
    line('gone', 9, null),
    line('spike', 2, 50, 3),
    line('none', null),
  ];
  const order = (ranking: 'peak' | 'newest' | 'lowest') =>
    rankedLines(lines, ranking).map(({ labels }) => labels['name']);
  expect(order('peak')).toEqual(['spike', 'gone', 'low', 'none']);
  expect(order('newest')).toEqual(['gone', 'spike', 'low', 'none']);
  expect(order('lowest')).toEqual(['low', 'spike', 'gone', 'none']);
  const first = rankedLines(lines, 'peak', ({ labels }) => labels['name'] === 'low');
  expect(first[0]?.labels['name']).toBe('low');
});
