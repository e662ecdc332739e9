import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePromql } from '../../../core/promql/parse.ts';
import {
  distinctNames,
  fitsWords,
  identity,
  labelColumns,
  legendNames,
  seriesText,
} from '../../../dashboard/pages/graph/series-names.ts';

test('series are told apart by what not all of them share', () => {
  expect(
    distinctNames([
      { __name__: 'vm_up', host: 'a', vm: 'web', uuid: '1' },
      { __name__: 'vm_up', host: 'a', vm: 'db', uuid: '2' },
    ]),
  ).toEqual(['{vm="web"}', '{vm="db"}']);
  // Two VMs may have one name.
  expect(
    distinctNames([
      { host: 'a', vm: 'web', uuid: '1' },
      { host: 'a', vm: 'web', uuid: '2' },
    ]),
  ).toEqual(['{uuid="1"}', '{uuid="2"}']);
  expect(distinctNames([{ __name__: 'up', host: 'a' }])).toEqual(['up{host="a"}']);
  expect(distinctNames([{ a: '1' }, {}])).toEqual(['{a="1"}', '{}']);
  expect(distinctNames([])).toEqual([]);
});

test('a legend says what they are in few words, where those tell them apart', () => {
  expect(
    legendNames([
      { __name__: 'x', host: 'hv-1', vm: 'web', uuid: '1', zone: 'a' },
      { __name__: 'x', host: 'hv-2', vm: 'db', uuid: '2', zone: 'b' },
    ]),
  ).toEqual(['web · hv-1 · zone=a', 'db · hv-2 · zone=b']);
  expect(legendNames([{ host: 'a', vm: 'b' }, { host: 'b', vm: 'a' }, {}])).toEqual([
    'b · a',
    'a · b',
    '{}',
  ]);
  // A host may be called as a VM.
  expect(legendNames([{ host: 'a' }, { vm: 'a' }])).toEqual(['{host="a"}', '{vm="a"}']);
});

const anyLabels = fc.dictionary(
  fc.constantFrom('__name__', 'host', 'uuid', 'vm', 'mount point'),
  fc.constantFrom('a', 'b', 'say "x"'),
  { noNullPrototype: true },
);

test('each series has a name of its own', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyLabels, { selector: (one) => JSON.stringify(Object.entries(one).sort()) }),
      (all) => {
        expect(new Set(distinctNames(all)).size).toBe(all.length);
        expect(new Set(legendNames(all)).size).toBe(all.length);
        for (const labels of all) {
          const { __name__: name = 'x', ...rest } = labels;
          const text = seriesText({ ...rest, __name__: name.replaceAll(/\W/g, '_') });
          expect(parsePromql(text)).toMatchObject({ ok: true });
        }
      },
    ),
  );
});

test('a comparison drops the name, and it is the same series', () => {
  expect(identity({ __name__: 'up', b: '2', a: '1' })).toBe(identity({ a: '1', b: '2' }));
});

test('columns that tell rows apart come first', () => {
  const rows = [
    { __name__: 'x', zone: 'eu', vm: 'a', host: 'h', device: 'sda' },
    { __name__: 'x', zone: 'eu', vm: 'b', host: 'i' },
  ];
  expect(labelColumns(rows)).toEqual(['host', 'vm', 'device', '__name__', 'zone']);
});

test('words are looked for in the whole series', () => {
  const labels = { __name__: 'vm_up', host: 'Web-1', vm: 'shop' };
  expect(
    ['web shop', 'VM_UP', ' ', 'host="web-1"'].map((words) => fitsWords(labels, words)),
  ).toEqual([true, true, true, true]);
  expect(fitsWords(labels, 'web db')).toBe(false);
});
