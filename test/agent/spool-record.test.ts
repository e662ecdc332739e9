import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeRecord,
  encodeRecord,
  type SpoolRecord,
  scanRecords,
} from '../../agent/spool/record.ts';

const HEADER_BYTES = 56;

const whole = fc.integer({ min: 0, max: 2 ** 48 });
const count = fc.integer({ min: 0, max: 2 ** 32 - 1 });

const record: fc.Arbitrary<SpoolRecord> = fc.record({
  kind: fc.constantFrom('minute', 'stored', 'lost', 'begun', 'sample', 'partStored'),
  sequence: whole,
  id: whole,
  timestampMs: whole,
  total: whole,
  count,
  freshCount: count,
  payload: fc.uint8Array({ maxLength: 200 }),
});
const records = fc.array(record, { minLength: 1, maxLength: 8 });

function plain({ payload, ...rest }: SpoolRecord) {
  return { ...rest, payload: [...payload] };
}

/** Where each record begins, and the end. */
function offsetsOf(list: readonly SpoolRecord[]): readonly number[] {
  const offsets = [0];
  for (const { payload } of list) {
    offsets.push((offsets.at(-1) ?? 0) + HEADER_BYTES + payload.byteLength);
  }
  return offsets;
}

describe('records of the spool', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(records, (list) => {
        const { found, damage } = scanRecords(Buffer.concat(list.map(encodeRecord)));
        expect(found.map((one) => plain(one.record))).toEqual(list.map(plain));
        expect(found.map(({ offset }) => offset)).toEqual(offsetsOf(list).slice(0, -1));
        expect(damage).toEqual([]);
      }),
    );
  });

  it('that a file was cut in are not read, all before are', () => {
    fc.assert(
      fc.property(records, fc.double({ min: 0, max: 1, noNaN: true }), (list, part) => {
        const bytes = Buffer.concat(list.map(encodeRecord));
        const cut = Math.floor(part * bytes.byteLength);
        const { found, damage } = scanRecords(bytes.subarray(0, cut));
        const wholeCount = offsetsOf(list).filter((offset) => offset > 0 && offset <= cut).length;
        expect(found.map((one) => plain(one.record))).toEqual(list.slice(0, wholeCount).map(plain));
        expect(damage.length > 0).toBe(!offsetsOf(list).includes(cut));
      }),
    );
  });

  it('with a flipped bit are not read, all others are', () => {
    fc.assert(
      fc.property(records, fc.nat(), (list, nat) => {
        const bytes = Buffer.concat(list.map(encodeRecord));
        const bit = nat % (bytes.byteLength * 8);
        const byte = Math.floor(bit / 8);
        bytes.writeUInt8(bytes.readUInt8(byte) ^ (1 << (bit % 8)), byte);
        const hit = offsetsOf(list).findLastIndex((offset) => offset <= byte);
        const { found, damage } = scanRecords(bytes);
        expect(found.map((one) => plain(one.record))).toEqual(list.toSpliced(hit, 1).map(plain));
        expect(damage).toHaveLength(1);
        expect(damage[0]?.after).toBe(hit);
      }),
      { numRuns: 500 },
    );
  });

  it('are found again behind any bytes, and never made up from them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), records, (noise, list) => {
        const { found } = scanRecords(Buffer.concat([noise, ...list.map(encodeRecord)]));
        expect(found.map((one) => plain(one.record))).toEqual(list.map(plain));
        expect(decodeRecord(Buffer.from(noise))).toBeUndefined();
      }),
    );
  });
});
