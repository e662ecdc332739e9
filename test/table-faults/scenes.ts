import { decodeChunk } from '../../core/chunk/decode.ts';
import { MINUTE_MS, minuteOf, minuteStartMs } from '../../core/host-minute.ts';
import { formatLabels } from '../../core/series/labels.ts';
import { HOUR_MS } from '../../core/time.ts';
import { createHandler as createApi } from '../../functions/api/handler.ts';
import { createHandler as createEnrol } from '../../functions/enroll/handler.ts';
import { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import { createHandler as createRemoteWrite } from '../../functions/remote-write/handler.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { addEnrolmentToken, readEnrolmentToken } from '../../functions/store/enrolment-tokens.ts';
import { addHostKey, hostOfKey, newHostKey } from '../../functions/store/host-keys.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { createLateHours } from '../../functions/store/late-hours.ts';
import { NOW_MS, noteHost, sampled, storeSeries } from '../api/fixture.ts';
import type { TestTable } from '../functions/table.ts';
import { type Answer, ask, batchEvent, enrolEvent, remoteWriteEvent, urlEvent } from './clients.ts';

/** Somebody asks a function something; it may be asked again and again. */
export interface Scene {
  readonly send: () => Promise<Answer>;
  /** What the table has of it, or what the answer says: the same whatever went wrong before. */
  readonly outcome: (answer: Answer) => Promise<unknown>;
}

/** Prepares a scene in the table, for a function with that environment; `name` is no other scene's. */
export type SceneMaker = (
  store: TestTable,
  environment: Readonly<Record<string, string>>,
  name: string,
) => Promise<Scene>;

/** It goes on: what was asked of the table long ago is asked anew. */
const now = () => NOW_MS + performance.now();
/** A sample every 10 s from an instant on, up to a number of seconds after it; each says how many. */
const loadOf = (host: string, startMs: number, [fromS, toS]: readonly [number, number]) =>
  sampled(
    { __name__: 'host_load1', host },
    [startMs + fromS * 1000, startMs + toS * 1000],
    (atMs) => (atMs - startMs) / 1000,
  );

/** A part of a host-minute whose hour is over, to be joined to the part that is there, and its mark. */
const lateBatch: SceneMaker = async (store, environment, host) => {
  const key = await addHostKey(store.table, host, NOW_MS);
  const handler = createIngest(environment, now);
  const minute = minuteOf(host, NOW_MS - 4 * HOUR_MS);
  const startMs = minuteStartMs(host, minute);
  // Another run of the agent had sent the minute's beginning.
  await storeSeries(store, host, [loadOf(host, startMs, [0, 10])], NOW_MS);
  const event = batchEvent(key, [loadOf(host, startMs, [20, 50])]);
  return {
    send: () => ask(handler, event),
    outcome: async () => {
      const stored = await createChunkStore(store.table, 1).get(host, minute);
      const late = await createLateHours(store.table).list(0);
      const marks = late.filter(({ writer }) => writer === host).length;
      return { samples: stored && samplesOf(stored.bytes, host), marks };
    },
  };
};

function samplesOf(bytes: Uint8Array, owner: string): string[] {
  const decoded = decodeChunk(bytes);
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value.series.map(
    ({ labels, timestamps, values }) =>
      `${formatLabels(labels).replaceAll(owner, 'X')} ${values.join()} of ${timestamps.length}`,
  );
}

const remoteWrite: SceneMaker = async (store, environment, sender) => {
  const key = await addHostKey(store.table, sender, NOW_MS, 'sender');
  const handler = createRemoteWrite(environment, now);
  const minute = minuteOf(sender, NOW_MS - 10 * MINUTE_MS);
  const startMs = minuteStartMs(sender, minute);
  const event = remoteWriteEvent(key, [
    sampled({ __name__: 'up', job: 'x' }, [startMs, startMs + 2 * MINUTE_MS - 1], () => 1, 15_000),
  ]);
  return {
    send: () => ask(handler, event),
    outcome: async () => {
      const chunks = createChunkStore(store.table, 1);
      const found = [0, 1, 2].map((i) => chunks.senderMinute(minute + i, NOW_MS, sender));
      const senders = await createInventoryStore(store.table).senders(NOW_MS);
      return {
        chunks: (await Promise.all(found)).map((all) =>
          all.map(({ bytes }) => samplesOf(bytes, sender)),
        ),
        isKnown: senders.some((one) => one.sender === sender),
      };
    },
  };
};

const enrolment: SceneMaker = async (store, environment, host) => {
  const terms = { uses: 3, expiresAtMs: NOW_MS + HOUR_MS, mayReEnrol: false };
  const { token } = await addEnrolmentToken(store.table, terms, NOW_MS);
  const handler = createEnrol(environment, { nowMs: now, audit: () => {} });
  const key = newHostKey();
  return {
    send: () => ask(handler, enrolEvent(token, host, key)),
    outcome: async () => ({
      isOwner: (await hostOfKey(store.table, key, NOW_MS)) === host,
      usesLeft: (await readEnrolmentToken(store.table, token))?.usesLeft,
    }),
  };
};

const query: SceneMaker = async (store, environment, host) => {
  const token = await addApiToken(store.table, 'test', NOW_MS);
  await noteHost(store, host);
  await storeSeries(store, host, [loadOf(host, NOW_MS - 5 * MINUTE_MS, [0, 300])]);
  const handler = createApi({ ...environment, RULES_DIR: 'test/api/rules' }, now);
  const event = urlEvent({
    rawPath: '/api/v1/query',
    rawQueryString: new URLSearchParams({
      query: `count_over_time(host_load1{host="${host}"}[4m])`,
      time: String(NOW_MS / 1000),
    }).toString(),
    headers: { authorization: `Bearer ${token}` },
    method: 'GET',
  });
  return {
    send: () => ask(handler, event),
    outcome: async ({ body }) => JSON.parse(body.replaceAll(host, 'X')),
  };
};

export const SCENES: Readonly<Record<string, SceneMaker>> = {
  'a batch': lateBatch,
  'a remote write': remoteWrite,
  'an enrolment': enrolment,
  'a query': query,
};
