import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fingerprint, groupKey } from '../../core/alertmanager/fingerprint.ts';

/** The definition, with numbers of any size. */
function fnv1a(bytes: Uint8Array): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString(16).padStart(16, '0');
}

test('no labels at all', () => {
  expect(fingerprint({})).toBe('cbf29ce484222325');
});

test('law: FNV-1a over names in order, values and separators', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 12 });
  fc.assert(
    fc.property(fc.dictionary(text, text, { noNullPrototype: true }), (labels) => {
      const parts = Object.entries(labels)
        .map(([name, value]) => [name, value].map((part) => Buffer.from(part)))
        .sort(([a = Buffer.of()], [b = Buffer.of()]) => Buffer.compare(a, b))
        .flat();
      const bytes = Buffer.concat(parts.flatMap((part) => [part, Buffer.of(0xff)]));
      expect(fingerprint(labels)).toBe(fnv1a(bytes));
    }),
    { numRuns: 1000 },
  );
});

test('names are ordered by bytes, also beyond U+FFFF', () => {
  expect(groupKey({ id: '{}' }, { '\u{1f4a5}': '1', '\uff21': '2', b: '3', a: '4' })).toBe(
    '{}:{a="4", b="3", \uff21="2", \u{1f4a5}="1"}',
  );
});

test('a group key as Alertmanager prints it', () => {
  const id = '{}/{severity="critical"}';
  expect(groupKey({ id }, { severity: 'critical', alertname: 'VmDown' })).toBe(
    '{}/{severity="critical"}:{alertname="VmDown", severity="critical"}',
  );
  expect(groupKey({ id }, {})).toBe('{}/{severity="critical"}:{}');
  expect(groupKey({ id: '{}' }, { a: 'say "é"\n' })).toBe('{}:{a="say \\"é\\"\\n"}');
});
