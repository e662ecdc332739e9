import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MINUTE_MS, minuteOf, minuteStartMs } from '../../core/host-minute.ts';
import { formatLabels } from '../../core/series/labels.ts';
import { isStaleAt } from '../../core/series/series.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { type Receiver, seriesOf, startReceiver } from './receiver.ts';
import { type Outgoing, outgoing, V1, V2, type Version, writeEvent } from './requests.ts';

/** The first instant of a minute of the sender's, and half a minute later "now". */
const START_MS = minuteStartMs('sender-1', minuteOf('sender-1', Date.UTC(2026, 4, 1, 12)));
const NOW_MS = START_MS + 30_000;
const STALE = 0x7ff0000000000002n;
const DAY_MS = 86_400_000;

let receiver: Receiver;
let senders = 0;
let sender: string;
let key: string;

beforeAll(async () => {
  receiver = await startReceiver(NOW_MS);
});
afterAll(() => receiver.close());
beforeEach(async () => {
  sender = `sender-${++senders}`;
  key = await receiver.newKey(sender);
});

const send = (series: readonly Outgoing[], version: Version = V1) =>
  receiver.post(writeEvent(key, version, series));

/** What is stored of the sender around now: `name{labels} value@seconds ...` for each series. */
async function stored(fromMs = NOW_MS - 10 * MINUTE_MS, toMs = NOW_MS + 11 * MINUTE_MS) {
  const instants: number[] = [];
  for (let at = fromMs; at <= toMs; at += MINUTE_MS) instants.push(at);
  return seriesOf(await receiver.chunks(sender, instants))
    .map(({ labels, timestamps, values }) => {
      const samples = Array.from(
        timestamps,
        (timestamp, i) =>
          `${isStaleAt(values, i) ? 'stale' : values[i]}@${(timestamp - START_MS) / 1000}`,
      );
      return [formatLabels(labels), ...samples].join(' ');
    })
    .sort();
}

const at = (seconds: number, value: number) => [START_MS + seconds * 1000, value] as const;
const up = (...samples: (readonly [number, number])[]) =>
  outgoing({ __name__: 'up', job: 'node' }, samples);

describe('samples that are kept', () => {
  test('labels come back as they were sent, no host label added', async () => {
    await send([
      outgoing({ __name__: 'up', instance: 'db:9100', job: 'node', 'köln.dom': 'ja' }, [at(1, 1)]),
    ]);
    expect(await stored()).toEqual(['up{instance="db:9100", job="node", "köln.dom"="ja"} 1@1']);
  });

  test.each<Version>([V1, V2])(
    '%s: a staleness marker stays one, and a NaN stays another',
    async (version) => {
      const series = {
        ...up(),
        samples: [
          [START_MS, STALE],
          [START_MS + 1000, 0x7ff8000000000001n],
        ],
      } as const;
      await send([series], version);
      expect(await stored()).toEqual(['up{job="node"} stale@0 NaN@1']);
    },
  );

  test('out of order within a request, and from request to request', async () => {
    expect((await send([up(at(20, 2), at(10, 1))])).status).toBe(204);
    expect((await send([up(at(15, 1.5), at(5, 0.5))])).status).toBe(204);
    expect(await stored()).toEqual(['up{job="node"} 0.5@5 1@10 1.5@15 2@20']);
  });

  test('a request sent again writes the same items, however its series are ordered', async () => {
    const down = outgoing({ __name__: 'up', job: 'web' }, [at(1, 0)]);
    await send([up(at(1, 1)), down]);
    const answer = await send([down, up(at(1, 1))]);
    expect([answer.status, answer.samplesWritten]).toEqual([204, 2]);
    expect(await receiver.chunks(sender, [NOW_MS])).toHaveLength(1);
  });

  test('the same sample twice in a request is one', async () => {
    const answer = await send([up(at(1, 1), at(1, 1)), up(at(1, 1))]);
    expect([answer.status, answer.samplesWritten]).toEqual([204, 3]);
    expect(await stored()).toEqual(['up{job="node"} 1@1']);
  });

  test('a series in two parts, as 2.0 allows, is one', async () => {
    await send([up(at(1, 1)), up(at(2, 2))], V2);
    expect(await stored()).toEqual(['up{job="node"} 1@1 2@2']);
  });

  test('samples of several minutes become a chunk each, under the minute they are of', async () => {
    const minute = minuteOf(sender, NOW_MS);
    const start = minuteStartMs(sender, minute);
    const instants = [start - MINUTE_MS - 1, start - 1, start, start + MINUTE_MS - 1];
    await send([up(...instants.map((instant) => [instant, 1] as const))]);
    const chunks = await receiver.chunks(sender, instants);
    expect(chunks.map((one) => [one.minute - minute, one.sampleCount])).toEqual([
      [-2, 1],
      [-1, 1],
      [0, 2],
    ]);
  });

  test('more than fits into an item becomes several chunks, and a retry the same ones', async () => {
    const random = (i: number) => Math.sin(i) * 1e9;
    const series = Array.from({ length: 3000 }, (_, n) =>
      outgoing(
        { __name__: 'metric', id: `${random(n)}${random(n + 0.5)}` },
        Array.from({ length: 20 }, (__, i) => at(i, random(n * 20 + i))),
      ),
    );
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(await send(series, V2)).toMatchObject({ status: 204, samplesWritten: 60_000 });
    }
    const chunks = await receiver.chunks(sender, [START_MS, NOW_MS]);
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks.length).toBeLessThan(10);
    expect(chunks.reduce((sum, { sampleCount }) => sum + sampleCount, 0)).toBe(60_000);
  });

  test('one series with a sample each millisecond is split by time', async () => {
    const start = minuteStartMs(sender, minuteOf(sender, NOW_MS));
    const samples = Array.from({ length: MINUTE_MS }, (_, i) => [start + i, Math.sin(i)] as const);
    expect((await send([up(...samples)])).status).toBe(204);
    const chunks = await receiver.chunks(sender, [start]);
    expect(chunks.length).toBeGreaterThan(1);
    const [series] = seriesOf(chunks);
    expect(series?.timestamps).toEqual(Float64Array.from(samples, ([timestamp]) => timestamp));
  });
});

describe('samples that are refused, while the good ones beside them are kept', () => {
  const GOOD = 'up{job="node"} 1@1';
  const series = (labels: Outgoing['labels']): Outgoing => ({ labels, samples: [[START_MS, 1n]] });

  test.each<[string, Outgoing]>([
    ['no __name__ label', series([['job', 'x']])],
    ['no __name__ label', series([])],
    ['an empty label value', series([['__name__', '']])],
    [
      'an empty label value',
      series([
        ['__name__', 'm'],
        ['a', ''],
      ]),
    ],
    [
      'an empty label name',
      series([
        ['', 'x'],
        ['__name__', 'm'],
      ]),
    ],
    [
      'a repeated label name',
      series([
        ['__name__', 'm'],
        ['a', '1'],
        ['a', '2'],
      ]),
    ],
    [
      'label names that are not sorted',
      series([
        ['__name__', 'm'],
        ['b', '1'],
        ['a', '2'],
      ]),
    ],
    [
      'labels of more than',
      series([
        ['__name__', 'm'],
        ['a', 'x'.repeat(20_000)],
      ]),
    ],
    ['more than 64 labels', series(Array.from({ length: 70 }, (_, i) => [`a${100 + i}`, 'x']))],
    ['older than what is kept', up([NOW_MS - 7 * DAY_MS, 1])],
    ['too far in the future', up([NOW_MS + 11 * MINUTE_MS, 1])],
    ['older than what is kept', up([-(2 ** 62), 1])],
    ['too far in the future', up([2 ** 62, 1])],
  ])('%s', async (reason, bad) => {
    for (const version of [V1, V2] as const) {
      const answer = await send([bad, up(at(1, 1))], version);
      expect(answer).toMatchObject({
        status: 400,
        samplesWritten: 1,
        error: { errorType: 'bad_data' },
      });
      expect(answer.error?.error).toContain('1 of 2 samples are stored');
      expect(answer.error?.error).toContain(reason);
      expect(await stored()).toEqual([GOOD]);
    }
  });

  test('of two values at one instant the first is kept', async () => {
    const answer = await send([up(at(1, 1), at(1, 2)), up(at(1, 3))]);
    expect(answer).toMatchObject({ status: 400, samplesWritten: 1 });
    expect(answer.error?.error).toContain(
      `duplicate sample for timestamp: 2, e.g. up{job="node"} at ${START_MS + 1000}`,
    );
    expect(await stored()).toEqual([GOOD]);
  });

  test.each<Version>([V1, V2])('%s: native histograms, and the answer says so', async (version) => {
    const histogram = { ...up(), labels: up().labels, histogramsMs: [START_MS, START_MS + 1] };
    const answer = await send([histogram, up(at(1, 1))], version);
    expect(answer).toMatchObject({ status: 400, samplesWritten: 1 });
    expect(answer.error?.error).toContain(
      'native histograms are not supported: 2, e.g. up{job="node"}',
    );
    expect(await stored()).toEqual([GOOD]);
  });

  test('exemplars: 2.0 must be told that they are not kept, 1.0 does not know them', async () => {
    const withExemplar = { ...up(at(1, 1)), exemplars: 1 };
    expect((await send([withExemplar], V1)).status).toBe(204);
    const answer = await send([withExemplar], V2);
    expect(answer).toMatchObject({ status: 400, samplesWritten: 1 });
    expect(answer.error?.error).toContain('exemplars are not kept: 1');
  });

  test('2.0: a series without samples', async () => {
    const answer = await send([up(), up(at(1, 1))], V2);
    expect(answer).toMatchObject({ status: 400, samplesWritten: 1 });
  });
});

describe('the host label', () => {
  const ofHost = (host: string) => outgoing({ __name__: 'm', host }, [at(1, 1)]);

  test("a host's key writes its own, none, but not another's", async () => {
    key = await receiver.newKey(sender, 'host');
    const answer = await send([ofHost(sender), ofHost('other'), up(at(1, 1))]);
    expect(answer).toMatchObject({ status: 400, samplesWritten: 2 });
    expect(answer.error?.error).toContain(
      'host label that is not the name of this key: 1, e.g. m{host="other"}',
    );
    expect(await stored()).toEqual([`m{host="${sender}"} 1@1`, 'up{job="node"} 1@1']);
  });

  test("a sender's key writes any", async () => {
    expect((await send([ofHost('other')])).status).toBe(204);
    expect(await stored()).toEqual(['m{host="other"} 1@1']);
  });
});

test('the inventory names the sender once it has written', async () => {
  await send([up([NOW_MS + 3600_000, 1])]);
  const inventory = createInventoryStore(receiver.store.table);
  const find = async () => (await inventory.senders(NOW_MS)).find((one) => one.sender === sender);
  expect(await find()).toBeUndefined();
  await send([up(at(1, 1))]);
  expect(await find()).toEqual({ sender, firstSeenMs: NOW_MS, lastSeenMs: NOW_MS });
});
