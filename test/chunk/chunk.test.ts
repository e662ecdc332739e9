import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../core/catalogue/catalogue.ts';
import { CONTAINER_METRICS } from '../../core/catalogue/container-metrics.ts';
import { HARDWARE_METRICS } from '../../core/catalogue/hardware-metrics.ts';
import { SCRAPE_METRICS } from '../../core/catalogue/scrape-metrics.ts';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { CURRENT_DICTIONARY, dictionaryBytes } from '../../core/chunk/dictionary.ts';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { CHUNK_VERSION, MAX_BODY_BYTES } from '../../core/chunk/format.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { bitsOf, type Series } from '../../core/series/series.ts';
import { anySeries } from './arbitrary.ts';
import { withVersion } from './with-version.ts';

/** Series as plain data in a fixed order, floats as bits: what "the same" means. */
function canonical(series: readonly Series[]): string[] {
  return series
    .map(({ labels, timestamps, values }) =>
      JSON.stringify([labels, [...timestamps], [...bitsOf(values)].map(String)]),
    )
    .sort();
}

function decoded(bytes: Uint8Array): readonly Series[] {
  const result = decodeChunk(bytes);
  if (!result.ok) throw new Error(result.error.message);
  return result.value.series;
}

const BATCH: readonly Series[] = ['host_cpu_usage_percent', 'host_load1'].map((name, i) => ({
  labels: labelsFrom({ __name__: name, host: 'web-1' }),
  timestamps: Float64Array.of(1_700_000_000_000, 1_700_000_010_000),
  values: Float64Array.of(12.34 + i, 15.5),
}));

/** A chunk of any body, its checksum right: what a hostile sender with a key can make. */
function chunkOfBody(body: Uint8Array, claimedBytes = body.length): Uint8Array {
  const dictionary = dictionaryBytes(CURRENT_DICTIONARY) ?? new Uint8Array();
  const size: number[] = [];
  for (let rest = claimedBytes; ; rest = Math.floor(rest / 128)) {
    size.push(rest >= 128 ? (rest % 128) + 128 : rest);
    if (rest < 128) break;
  }
  const head = Buffer.concat([
    Buffer.from([CHUNK_VERSION, CURRENT_DICTIONARY, ...size]),
    deflateRawSync(body, { dictionary }),
  ]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(head));
  return Buffer.concat([head, checksum]);
}

describe('a chunk', () => {
  test('gives back any series, any float, any timestamps, bit for bit', () => {
    fc.assert(
      fc.property(anySeries, (series) => {
        expect(canonical(decoded(encodeChunk(series)))).toEqual(canonical(series));
      }),
      { numRuns: 400 },
    );
  });

  test('counts its samples', () => {
    const result = decodeChunk(encodeChunk(BATCH));
    expect(result).toMatchObject({ ok: true, value: { sampleCount: 4 } });
  });

  test('of nothing is a chunk', () => {
    expect(decoded(encodeChunk([]))).toEqual([]);
  });

  test('keeps a gap in one series beside whole ones', () => {
    const [first, second] = BATCH;
    if (first === undefined || second === undefined) throw new Error('two series');
    const gap = {
      ...second,
      timestamps: second.timestamps.slice(1),
      values: second.values.slice(1),
    };
    expect(canonical(decoded(encodeChunk([first, gap])))).toEqual(canonical([first, gap]));
  });

  test.each([
    ['the same series twice', [...BATCH, ...BATCH], /twice/],
    [
      'timestamps that fall',
      [{ ...BATCH[0], timestamps: Float64Array.of(2, 1) }],
      /timestamp 1 after 2/,
    ],
    ['a value too few', [{ ...BATCH[0], values: Float64Array.of(1) }], /2 timestamps, 1 values/],
  ])('is not made of %s: that is a bug of the caller', (_, series, message) => {
    expect(() => encodeChunk(series as Series[])).toThrow(message);
  });

  test('has every name that comes each minute in its dictionary, so that a name costs next to nothing', () => {
    const dictionary = Buffer.from(dictionaryBytes(CURRENT_DICTIONARY) ?? []).toString();
    // Present only while something is the matter or where there is such a thing, and younger than
    // the dictionary.
    const rare: readonly string[] = [
      ...['host_condition', 'vm_condition', 'vm_job_active'],
      'hypervigil_agent_stopped',
      // In each minute, and younger than the dictionary: 12 bytes a chunk. Another dictionary would be one that
      // deployments of today can't read from agents of tomorrow.
      'hypervigil_agent_complete_seconds',
      ...[...HARDWARE_METRICS, ...CONTAINER_METRICS, ...SCRAPE_METRICS].map(({ name }) => name),
    ];
    const missing = CATALOGUE.map(({ name }) => name).filter((name) => !dictionary.includes(name));
    expect(missing.filter((name) => !rare.includes(name))).toEqual([]);
  });
});

describe('bytes that are not a chunk', () => {
  const good = encodeChunk(BATCH);

  test('cut anywhere give a typed error', () => {
    for (let length = 0; length < good.length; length++) {
      expect(decodeChunk(good.subarray(0, length))).toMatchObject({
        ok: false,
        error: { code: expect.any(String) },
      });
    }
  });

  test('with any one bit flipped give a typed error', () => {
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bad = good.slice();
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeChunk(bad).ok).toBe(false);
    }
  });

  test('of any kind give an error or a chunk, never a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decodeChunk(bytes).ok).toBe(false);
      }),
    );
  });

  test('with a right checksum around any body give an error or a chunk, never a throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc
            .array(fc.integer({ min: 0, max: 4 }), { maxLength: 60 })
            .map((all) => Uint8Array.from(all)),
        ),
        (body) => {
          const result = decodeChunk(chunkOfBody(body));
          if (result.ok)
            expect(canonical(decoded(encodeChunk(result.value.series)))).toEqual(
              canonical(result.value.series),
            );
          else expect(result.error.message).not.toBe('');
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('that inflate beyond the bound are refused by the claim, or by what comes', () => {
    const bomb = new Uint8Array(MAX_BODY_BYTES + 1);
    expect(decodeChunk(chunkOfBody(bomb))).toMatchObject({ error: { code: 'too_large' } });
    expect(decodeChunk(chunkOfBody(bomb, 100))).toMatchObject({ error: { code: 'malformed' } });
  });

  test('that claim a million samples in a few bytes allocate nothing for them', () => {
    const claims = Uint8Array.of(1, 0, 0xff, 0xff, 0x3f, 0);
    expect(decodeChunk(chunkOfBody(claims))).toMatchObject({
      error: { code: 'malformed', message: expect.stringContaining('timestamps') },
    });
  });

  test('of a version to come are named as such', () => {
    expect(decodeChunk(withVersion(good, 9))).toMatchObject({
      error: {
        code: 'version',
        message: expect.stringContaining('of version 9, and this release knows up to 1'),
      },
    });
    const later = good.slice();
    later[0] = 9;
    expect(decodeChunk(later)).toMatchObject({ error: { code: 'checksum' } });
  });
});
