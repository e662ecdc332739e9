import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { MINUTE_MS, minuteStartMs } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { HOUR_MS } from '../../core/time.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';
import { apiEvent } from '../api/fixture.ts';
import type { TestTable } from '../functions/table.ts';
import { outgoing, V1, writeEvent } from '../remote-write/requests.ts';

/** Midnight of a day on which all happens; and so many minutes of it. */
export const MIDNIGHT_MS = 20_500 * 24 * HOUR_MS;
export const FIRST_MINUTE = MIDNIGHT_MS / MINUTE_MS;
export const MINUTES = 5 * 60 + 24;

/** Sends all of its minutes from one to another within seconds, when the second is over. */
export const CUT_OFF = { host: 'cut-off', from: 70, to: 255 };
/** Its clock is so many minutes ahead. */
export const AHEAD = { host: 'ahead', minutes: 9 };
export const STEADY = ['web-1', 'web-2', 'db-1'];
export const HOSTS = [...STEADY, AHEAD.host, CUT_OFF.host];
export const SENDER = 'prometheus';
/** Sends what it has every so many minutes. */
const SENDS_EVERY = 5;

/** Another number each minute, never 0. */
export const valueAt = (minute: number): number => minute - FIRST_MINUTE + 1;

/** What is sent, when. */
export interface Request {
  readonly atMs: number;
  readonly to: 'ingest' | 'remote-write';
  readonly event: LambdaFunctionURLEvent;
}

export type Keys = Readonly<Record<string, string>>;

export async function keysOf({ table }: TestTable): Promise<Keys> {
  const keys: Record<string, string> = {};
  for (const host of HOSTS) keys[host] = await addHostKey(table, host, MIDNIGHT_MS);
  keys[SENDER] = await addHostKey(table, SENDER, MIDNIGHT_MS, 'sender');
  return keys;
}

/** All requests of the fleet, by time. */
export function requestsOf(keys: Keys): Request[] {
  const all: Request[] = [];
  for (let i = 1; i <= MINUTES; i++) {
    const minute = FIRST_MINUTE + i - 1;
    for (const host of STEADY) all.push(post(keys, host, minute, endOf(host, minute)));
    const ahead = minute + AHEAD.minutes;
    all.push(post(keys, AHEAD.host, ahead, endOf(AHEAD.host, minute)));
    all.push(...ofCutOff(keys, i - 1));
    if (i % SENDS_EVERY === 0) all.push(write(keys, minute));
  }
  return all.sort((a, b) => a.atMs - b.atMs);
}

function ofCutOff(keys: Keys, at: number): Request[] {
  const { host, from, to } = CUT_OFF;
  if (at >= from && at < to) return [];
  const first = at === to ? from : at;
  const atMs = endOf(host, FIRST_MINUTE + at);
  return Array.from({ length: at - first + 1 }, (_, i) =>
    post(keys, host, FIRST_MINUTE + first + i, atMs + i * 100),
  );
}

function endOf(host: string, minute: number): number {
  return minuteStartMs(host, minute + 1);
}

/** A minute as its host sends it: two samples. */
function post(keys: Keys, host: string, minute: number, atMs: number): Request {
  const startMs = minuteStartMs(host, minute);
  const series = {
    labels: labelsFrom({ __name__: 'host_load1', host }),
    timestamps: Float64Array.of(startMs, startMs + 30_000),
    values: new Float64Array(2).fill(valueAt(minute)),
  };
  const event = apiEvent({
    method: 'POST',
    rawPath: '/v1/batches',
    headers: {
      authorization: `Bearer ${keys[host]}`,
      'content-type': 'application/vnd.hypervigil.chunk',
    },
    body: Buffer.from(encodeChunk([series])).toString('base64'),
    isBase64Encoded: true,
  });
  return { atMs, to: 'ingest', event };
}

/** What a Prometheus has of the last minutes; every second hour it begins with all of the hour before too. */
function write(keys: Keys, minute: number): Request {
  const back = (minute - FIRST_MINUTE + 1) % 120 === 0 ? 90 : SENDS_EVERY;
  const samples = Array.from({ length: back }, (_, i) => minute - back + 1 + i).map(
    (each) => [minuteStartMs(SENDER, each), valueAt(each)] as const,
  );
  const series = outgoing({ __name__: 'app_jobs', job: 'app' }, samples);
  const event = writeEvent(keys[SENDER] ?? '', V1, [series]);
  return { atMs: endOf(SENDER, minute), to: 'remote-write', event };
}
