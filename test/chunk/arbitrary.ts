import fc from 'fast-check';
import { labelsOf } from '../../core/series/labels.ts';
import { bitsOf, type Series } from '../../core/series/series.ts';

/** Any 64 bits as a float, with those that formats get wrong more often than chance has them. */
const floatBits = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(
    0n,
    0x8000000000000000n, // -0
    0x7ff0000000000000n, // Infinity
    0xfff0000000000000n,
    0x7ff8000000000001n, // NaN as Prometheus writes it
    0x7ff0000000000002n, // staleness marker
    0xffffffffffffffffn,
  ),
);

/** Values as agents send them: rounded to a hundredth, a KiB, one. */
const roundedBits = fc
  .oneof(
    fc.integer({ min: 0, max: 10_000 }).map((n) => n / 100),
    fc.integer({ min: 0, max: 2 ** 31 }).map((n) => n * 1024),
    fc.maxSafeInteger(),
    fc.double(),
  )
  .map((value) => bitsOf(Float64Array.of(value))[0] ?? 0n);

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.uuid(),
  fc.constantFrom(
    '\u0000',
    '\u0001',
    '\u0002x',
    '\u0003',
    '\u0001\u0010',
    '\ufeffbom',
    'host_cpu_usage_percent',
  ),
);

const labels = fc
  .array(
    fc.tuple(fc.oneof(fc.constantFrom('__name__', 'host', 'uuid', 'vm', '__proto__'), text), text),
    { maxLength: 6 },
  )
  .map((pairs) => labelsOf(pairs.filter(([name]) => name !== '')));

/** Strictly rising timestamps: mostly even, sometimes wild. */
const timestamps = fc.oneof(
  fc.constantFrom([0, 10_000, 20_000], [0, 20_000], [10_000]),
  fc
    .uniqueArray(fc.integer({ min: -(2 ** 45), max: 2 ** 45 }), { maxLength: 20 })
    .map((all) => all.sort((a, b) => a - b)),
);

const oneSeries = fc.tuple(labels, timestamps, fc.boolean()).chain(([own, times, raw]) =>
  fc.array(raw ? floatBits : roundedBits, { minLength: times.length, maxLength: times.length }).map(
    (bits): Series => ({
      labels: own,
      timestamps: Float64Array.from(times),
      values: new Float64Array(BigUint64Array.from(bits).buffer),
    }),
  ),
);

/** Distinct series of any labels, any rising timestamps and any bits. */
export const anySeries = fc.uniqueArray(oneSeries, {
  maxLength: 12,
  selector: (series) => JSON.stringify(series.labels),
});
