import fc from 'fast-check';
import { snappyCompress } from 'hysnappy';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labelsKey, labelsOf } from '../../core/series/labels.ts';
import { bitsOf, type Series } from '../../core/series/series.ts';
import { type Receiver, seriesOf, startReceiver } from './receiver.ts';
import {
  encode,
  messageEvent,
  outgoing,
  outgoingSeries,
  rawEvent,
  V1,
  V2,
  type Version,
  writeEvent,
} from './requests.ts';

const NOW_MS = Date.UTC(2026, 4, 1, 12);

let receiver: Receiver;
let senders = 0;

beforeAll(async () => {
  receiver = await startReceiver(NOW_MS);
});
afterAll(() => receiver.close());

const version = fc.constantFrom<Version>(V1, V2);

/** Any value, with those that are easily lost. */
const bits = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.double().map((value) => bitsOf(Float64Array.of(value))[0] ?? 0n),
  fc.constantFrom(0n, 1n << 63n, 0x7ff0000000000002n, 0x7ff8000000000001n, 0xfff0000000000000n),
);

const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }),
  fc.uuid(),
  fc.constantFrom('\0', '\u0001', '\ufeffbom', '\uffff', '\u{10000}', 'constructor', 'host'),
);

const series: fc.Arbitrary<Series> = fc
  .tuple(
    text,
    fc.array(fc.tuple(text, text), { maxLength: 5 }),
    fc.uniqueArray(fc.integer({ min: NOW_MS - 200_000, max: NOW_MS + 100_000 }), {
      minLength: 1,
      maxLength: 6,
    }),
    fc.array(bits, { minLength: 6, maxLength: 6 }),
  )
  .map(([name, pairs, times, values]) => {
    const samples = new Float64Array(times.length);
    bitsOf(samples).set(values.slice(0, times.length));
    return {
      labels: labelsOf([...pairs, ['__name__', name]]),
      timestamps: Float64Array.from(times).sort(),
      values: samples,
    };
  });

const request = fc.uniqueArray(series, {
  maxLength: 8,
  selector: ({ labels }) => labelsKey(labels),
});

/** A series as text that shows every bit, and two of the same key sort alike. */
function shown(all: readonly Series[]): string[] {
  return all
    .map(({ labels, timestamps, values }) =>
      JSON.stringify([labels, [...timestamps], Array.from(bitsOf(values), String)]),
    )
    .sort();
}

async function newSender(): Promise<{ sender: string; key: string }> {
  const sender = `sender-${++senders}`;
  return { sender, key: await receiver.newKey(sender) };
}

test('what is sent is what is read back, to the bit', async () => {
  await fc.assert(
    fc.asyncProperty(request, version, async (sent, protocol) => {
      const { sender, key } = await newSender();
      const answer = await receiver.post(writeEvent(key, protocol, sent.map(outgoingSeries)));
      expect(answer.status).toBe(204);
      const chunks = await receiver.chunks(
        sender,
        sent.flatMap(({ timestamps }) => [...timestamps]),
      );
      expect(shown(seriesOf(chunks))).toEqual(shown(sent));
    }),
    { numRuns: 150 },
  );
});

/** 204 or an error in Prometheus' form. */
function expectCalm({ status, error }: Awaited<ReturnType<Receiver['post']>>): void {
  if (status === 204) return;
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(error).toMatchObject({ status: 'error' });
  expect(error?.error).toBeTruthy();
}

test('any bytes as a body are answered, none with a 5xx', async () => {
  const { key } = await newSender();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), version, async (bytes, protocol) => {
      const headers = { 'content-type': `application/x-protobuf;proto=${protocol}` };
      expectCalm(await receiver.post(rawEvent(key, bytes, { headers })));
    }),
    { numRuns: 200 },
  );
});

test('any bytes as a message, and any damage to a good one, are answered, none with a 5xx', async () => {
  await fc.assert(
    fc.asyncProperty(
      request,
      version,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      fc.nat(),
      async (sent, protocol, changes, cutAt) => {
        // A key each, as one sender may send only so many requests.
        const { key } = await newSender();
        const message = encode(protocol, sent.map(outgoingSeries)).slice();
        for (const [position, byte] of changes) message[position % message.length] = byte;
        const part = message.subarray(0, cutAt % (message.length + 1));
        expectCalm(await receiver.post(messageEvent(key, protocol, message)));
        expectCalm(await receiver.post(messageEvent(key, protocol, part)));
        const packed = snappyCompress(message);
        for (const [position, byte] of changes) packed[position % packed.length] = byte;
        expectCalm(await receiver.post(rawEvent(key, packed)));
      },
    ),
    { numRuns: 200 },
  );
});

/** Series with labels, times and parts of any kind; most are wrong in some way. */
const anyOutgoing = fc.record({
  labels: fc.array(
    fc.tuple(
      fc.oneof(text, fc.constantFrom('', '__name__', 'a', 'b')),
      fc.oneof(text, fc.constant('')),
    ),
    { maxLength: 4 },
  ),
  samples: fc.array(
    fc.tuple(
      fc.oneof(
        fc.integer({ min: NOW_MS - 1000, max: NOW_MS + 1000 }),
        fc.constantFrom(0, -1, 2 ** 62, -(2 ** 63), NOW_MS + 10 ** 7, NOW_MS - 10 ** 10),
      ),
      bits,
    ),
    { maxLength: 3 },
  ),
  histogramsMs: fc.constantFrom([], [NOW_MS]),
  exemplars: fc.nat(1),
});

test('a good sample is kept, whatever stands beside it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyOutgoing, { maxLength: 6 }),
      fc.nat(6),
      version,
      async (bad, position, protocol) => {
        const { sender, key } = await newSender();
        const good = outgoing({ __name__: 'good', job: 'only one' }, [[NOW_MS, 42]]);
        const all = [...bad.slice(0, position), good, ...bad.slice(position)];
        const answer = await receiver.post(writeEvent(key, protocol, all));
        expect([204, 400]).toContain(answer.status);
        const kept = seriesOf(await receiver.chunks(sender, [NOW_MS]));
        const found = kept.find(({ labels }) => labels.includes('only one'));
        expect(found?.values).toEqual(Float64Array.of(42));
      },
    ),
    { numRuns: 150 },
  );
});
