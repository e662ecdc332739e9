import { describe, expect, it, onTestFinished } from 'vitest';
import { Delivery } from '../../agent/delivery.ts';
import { MinuteBuffer } from '../../agent/minute-buffer.ts';
import { Poster } from '../../agent/poster.ts';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { minuteOf, minuteStartMs } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import {
  type Behaviour,
  cuts,
  type FaultServer,
  faultServer,
  hangs,
  type Received,
  refuses,
  stores,
} from './fault-server.ts';

const HOST = 'web1';
const FIRST_MINUTE = 28_000_000;

/** A delivery to a real server. Time passes only in `waits`, which lists each wait in ms. */
async function deliveryTo(script: readonly Behaviour[], timeoutMs = 1000) {
  const server = await faultServer(...script);
  const poster = new Poster({
    url: server.url,
    readKey: () => 'secret-key',
    version: '1',
    timeoutMs,
  });
  onTestFinished(() => poster.close());
  const dropped = new Map<string, number>();
  const buffer = new MinuteBuffer(HOST, dropped);
  const lines: string[] = [];
  const waits: number[] = [];
  const delivery = new Delivery({
    buffer,
    post: (chunk, signal, isUrgent) => poster.post(chunk, signal, isUrgent),
    log: (line) => lines.push(line),
    random: () => 0.5,
    sleep: async (ms) => {
      waits.push(ms);
    },
  });
  return { server, buffer, dropped, lines, waits, delivery };
}

const labels = labelsFrom({ __name__: 'host_load1', host: HOST });

function addAt(buffer: MinuteBuffer, minute: number, seconds = 0): void {
  const timestampMs = minuteStartMs(HOST, FIRST_MINUTE + minute) + seconds * 1000;
  buffer.add({ timestampMs, points: [{ key: 'load1', labels, value: minute }] });
}

/** The requests as `minute:samples`, minutes counted from the first. */
function requests(server: FaultServer): readonly string[] {
  return server.received.map(({ body }: Received) => {
    const chunk = decodeChunk(body);
    if (!chunk.ok) throw new Error(chunk.error.message);
    const timestamps = chunk.value.series.flatMap((series) => [...series.timestamps]);
    return `${minuteOf(HOST, timestamps[0] ?? 0) - FIRST_MINUTE}:${timestamps.length}`;
  });
}

describe('delivery', () => {
  it('posts the newest closed minute, then a backlog, oldest first and slowly; not the open one', async () => {
    const { server, buffer, waits, delivery } = await deliveryTo([stores]);
    for (const minute of [0, 1, 2, 3, 4]) addAt(buffer, minute);
    delivery.start(false);
    await delivery.idle();
    expect(requests(server)).toEqual(['3:1', '0:1', '1:1', '2:1']);
    expect(waits).toEqual([500, 500]);
    expect(buffer.waitingSamples).toBe(1);
  });

  it('does not let what is new wait behind a backlog', async () => {
    const { server, buffer, delivery } = await deliveryTo([stores]);
    for (const minute of [0, 1, 2, 3, 4]) addAt(buffer, minute);
    delivery.start(false);
    await server.arrived(2);
    addAt(buffer, 5);
    await delivery.idle();
    expect(requests(server)).toEqual(['3:1', '0:1', '4:1', '1:1', '2:1']);
  });

  it('does not let a minute that the server chokes on hold up the others', async () => {
    const { server, buffer, delivery } = await deliveryTo([
      refuses(500, 'oops'),
      stores,
      refuses(500, 'oops'),
      stores,
    ]);
    for (const minute of [0, 1, 2]) addAt(buffer, minute);
    delivery.start(false);
    await delivery.idle();
    expect(requests(server)).toEqual(['1:1', '0:1', '1:1', '1:1']);
    expect(buffer.waitingMinutes).toBe(0);
  });

  it('counts what the server does not keep any more', async () => {
    const { buffer, dropped, delivery } = await deliveryTo([
      (response) => response.end('{"stored":false,"outcome":"expired","samples":1}'),
    ]);
    addAt(buffer, 0);
    buffer.close();
    delivery.start(false);
    await delivery.idle();
    expect(Object.fromEntries(dropped)).toEqual({ too_old: 1 });
  });

  it('posts the open minute so far when asked to, and later the whole of it', async () => {
    const { server, buffer, delivery } = await deliveryTo([stores]);
    addAt(buffer, 0);
    delivery.start(true);
    await delivery.idle();
    addAt(buffer, 0, 10);
    delivery.start(true);
    await delivery.idle();
    expect(requests(server)).toEqual(['0:1', '0:2']);
    expect(buffer.waitingSamples).toBe(0);
  });

  it('posts again what was cut, hung or put off, waiting longer each time', async () => {
    const script = [refuses(500, 'oops'), hangs, cuts, refuses(500, 'oops'), stores];
    const { server, buffer, waits, lines, delivery } = await deliveryTo(script, 100);
    addAt(buffer, 0);
    buffer.close();
    delivery.start(false);
    await delivery.idle();
    expect(requests(server)).toEqual(['0:1', '0:1', '0:1', '0:1', '0:1']);
    // Half of 1, 2, 4, 8 s: `random` says 0.5.
    expect(waits).toEqual([500, 1000, 2000, 4000]);
    expect(buffer.waitingSamples).toBe(0);
    expect(lines.at(-1)).toBe('the server takes samples again');
  });

  it('waits as long as the server asks, and a little at random', async () => {
    const script = [refuses(503, 'throttled', { 'retry-after': '30' }), stores];
    const { buffer, waits, delivery } = await deliveryTo(script);
    addAt(buffer, 0);
    buffer.close();
    delivery.start(false);
    await delivery.idle();
    expect(waits).toEqual([30_500]);
  });

  it('comes back more and more spread out when the same server asks for the same time again and again', async () => {
    const busy = refuses(503, 'throttled', { 'retry-after': '5' });
    const { buffer, waits, delivery } = await deliveryTo([busy, busy, busy, busy, stores]);
    addAt(buffer, 0);
    buffer.close();
    delivery.start(false);
    await delivery.idle();
    // 5 s, and half of 1, 2, 4, 8 s: `random` says 0.5.
    expect(waits).toEqual([5500, 6000, 7000, 9000]);
  });

  it('never waits more than a minute by itself, and says a lasting trouble once', async () => {
    const script = [...Array.from({ length: 12 }, () => refuses(500, 'oops')), stores];
    const { buffer, waits, lines, delivery } = await deliveryTo(script);
    addAt(buffer, 0);
    buffer.close();
    delivery.start(false);
    await delivery.idle();
    expect(Math.max(...waits)).toBe(30_000);
    expect(lines).toHaveLength(2);
  });

  it.each([
    [400, 'refused'],
    [413, 'too_large'],
  ])('drops and counts a minute that is answered with %d, and goes on', async (status, reason) => {
    const { server, buffer, dropped, lines, delivery } = await deliveryTo([
      refuses(status, 'not one minute'),
      stores,
    ]);
    for (const minute of [0, 1, 2]) addAt(buffer, minute);
    delivery.start(false);
    await delivery.idle();
    expect(requests(server)).toEqual(['1:1', '0:1']);
    expect(Object.fromEntries(dropped)).toEqual({ [reason]: 1 });
    expect(lines[0]).toContain('1 samples dropped');
  });

  it('keeps everything while the key is refused', async () => {
    const { server, buffer, delivery, dropped } = await deliveryTo([
      refuses(401, 'no such key'),
      refuses(401, 'no such key'),
      stores,
    ]);
    addAt(buffer, 0);
    buffer.close();
    delivery.start(false);
    await delivery.idle();
    expect(requests(server)).toHaveLength(3);
    expect(dropped.size).toBe(0);
  });

  it('posts everything once more when it stops, the open minute too', async () => {
    const { server, buffer, lines, delivery } = await deliveryTo([stores]);
    addAt(buffer, 0);
    addAt(buffer, 1);
    await delivery.stop(1000);
    expect(requests(server)).toEqual(['1:1', '0:1']);
    expect(lines).toEqual([]);
  });

  it('stops in time though the server hangs, and says what is lost', async () => {
    const { buffer, lines, delivery } = await deliveryTo([hangs], 60_000);
    addAt(buffer, 0);
    addAt(buffer, 1);
    delivery.start(false);
    const began = performance.now();
    await delivery.stop(150);
    expect(performance.now() - began).toBeLessThan(2000);
    expect(lines.at(-1)).toBe('stopped with 2 samples that the server does not have');
  });
});

describe('an urgent sample', () => {
  const urgent = (server: FaultServer) =>
    server.received.map(({ headers }) => headers['x-hypervigil-urgent']);

  it('is posted with the open minute, and says so once', async () => {
    const { server, buffer, delivery } = await deliveryTo([stores]);
    addAt(buffer, 0, 10);
    addAt(buffer, 0, 13);
    delivery.startUrgent(minuteStartMs(HOST, FIRST_MINUTE) + 13_000);
    await delivery.idle();
    addAt(buffer, 0, 20);
    addAt(buffer, 1);
    delivery.start(false);
    await delivery.idle();
    expect(requests(server)).toEqual(['0:2', '0:3']);
    expect(urgent(server)).toEqual(['1', undefined]);
  });

  it('says so until the server has it, also when its minute was closed meanwhile', async () => {
    const { server, buffer, delivery } = await deliveryTo([refuses(503, 'busy'), stores]);
    addAt(buffer, 0, 10);
    delivery.startUrgent(minuteStartMs(HOST, FIRST_MINUTE) + 10_000);
    await server.arrived(1);
    addAt(buffer, 1);
    await delivery.idle();
    expect(urgent(server).slice(0, 1)).toEqual(['1']);
    expect(requests(server)).toContain('0:1');
    const carried = server.received
      .slice(1)
      .filter(({ headers }) => headers['x-hypervigil-urgent'] === '1');
    expect(carried.length).toBeGreaterThanOrEqual(1);
  });
});
