import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameError, FrameSplitter } from '../../../agent/libvirt/frame.ts';
import {
  ALL_DOMAIN_STATS,
  AUTH_LIST,
  DOMAIN_CONTROL_INFO,
} from '../../../agent/libvirt/procedures.ts';
import { decodeRemoteError } from '../../../agent/libvirt/remote-error.ts';
import { decodeXdr, XdrWriter } from '../../../agent/libvirt/xdr.ts';
import { encodeRecords } from './fake-libvirtd.ts';

const anyBytes = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
const CODES = ['truncated', 'too_long', 'bad_value', 'trailing'];

const record = fc.record({
  domain: fc.record({
    name: fc.string(),
    uuid: fc.uuid(),
    id: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
  }),
  params: fc
    .array(
      fc.tuple(
        fc.string(),
        fc.oneof(fc.string({ unit: 'grapheme' }), fc.maxSafeNat(), fc.double({ noNaN: true })),
      ),
      { maxLength: 5 },
    )
    .map((entries) => new Map(entries)),
});

describe('XDR', () => {
  it('gives back the statistics that were written', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 4 }), (records) => {
        const decoded = decodeXdr(encodeRecords(records), ALL_DOMAIN_STATS.decode);
        expect(decoded).toEqual({ ok: true, value: records });
      }),
    );
  });

  it('makes a typed error or a value of any bytes', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        for (const procedure of [ALL_DOMAIN_STATS, AUTH_LIST, DOMAIN_CONTROL_INFO]) {
          const decoded = decodeXdr<unknown>(bytes, procedure.decode);
          if (!decoded.ok) expect(CODES).toContain(decoded.error.code);
        }
        expect(typeof decodeRemoteError(bytes)).toBe('string');
      }),
    );
  });

  it('notices each truncation', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 2 }), fc.nat(), (records, cut) => {
        const bytes = encodeRecords(records);
        const part = bytes.subarray(0, cut % bytes.length);
        const decoded = decodeXdr(part, ALL_DOMAIN_STATS.decode);
        expect(decoded.ok ? undefined : decoded.error.code).toBe('truncated');
      }),
    );
  });

  it('allocates nothing by a claimed length', () => {
    const huge = new XdrWriter().uint(0xffffffff).bytes();
    expect(decodeXdr(huge, ALL_DOMAIN_STATS.decode)).toMatchObject({ error: { code: 'too_long' } });
    const allowed = new XdrWriter().uint(16384).bytes();
    const decoded = decodeXdr(allowed, ALL_DOMAIN_STATS.decode);
    expect(decoded).toMatchObject({ error: { code: 'truncated' } });
  });

  it('refuses a parameter of an unknown type, naming it', () => {
    const start = new XdrWriter().uint(1).string('vm').fixedOpaque(Buffer.alloc(16)).int(1);
    const bytes = start.uint(1).string('state.state').int(99).bytes();
    const decoded = decodeXdr(bytes, ALL_DOMAIN_STATS.decode);
    expect(decoded).toMatchObject({
      error: { code: 'bad_value', message: expect.stringContaining('type 99') },
    });
  });
});

describe('frames', () => {
  const frame = fc.record({
    program: fc.nat(),
    version: fc.nat(),
    procedure: fc.nat(),
    type: fc.nat(),
    serial: fc.nat(),
    status: fc.nat(),
    payload: anyBytes,
  });

  it('come out as they went in, however the stream is cut', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 5 }), sizes, (frames, chunkSizes) => {
        const stream = Buffer.concat(frames.map(encodeFrame));
        const splitter = new FrameSplitter();
        const out = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = chunkSizes[i % chunkSizes.length] ?? 1;
          out.push(...splitter.push(stream.subarray(at, at + size)));
          at += size;
        }
        expect(out).toEqual(frames);
      }),
    );
  });

  it('of any bytes are frames or a typed error', () => {
    fc.assert(
      fc.property(fc.array(anyBytes), (chunks) => {
        const splitter = new FrameSplitter();
        try {
          for (const chunk of chunks) splitter.push(chunk);
        } catch (problem) {
          expect(problem).toBeInstanceOf(FrameError);
        }
      }),
    );
  });

  it('of an impossible length are refused at once', () => {
    for (const length of [0, 27, (16 << 20) + 1, 0xffffffff]) {
      const bytes = new XdrWriter().uint(length).bytes();
      expect(() => new FrameSplitter().push(bytes), `${length}`).toThrow(`${length} bytes`);
    }
  });
});
