import { MINUTE_MS, minuteOf, minuteStartMs, phaseMs } from '../../core/host-minute.ts';
import type { Series } from '../../core/series/series.ts';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { URGENT_HEADER, URGENT_VALUE } from '../../core/urgent.ts';
import { createHandler as createCompact } from '../../functions/compact/handler.ts';
import { createHandler as createEnrol } from '../../functions/enroll/handler.ts';
import { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import { createHandler as createInstall } from '../../functions/install/handler.ts';
import { createHandler as createRemoteWrite } from '../../functions/remote-write/handler.ts';
import { addEnrolmentToken } from '../../functions/store/enrolment-tokens.ts';
import { addHostKey, newHostKey } from '../../functions/store/host-keys.ts';
import { revokeHostKeys } from '../../functions/store/key-list.ts';
import { sampled } from '../api/fixture.ts';
import { outgoingSeries, V1, V2, writeEvent } from '../remote-write/requests.ts';
import {
  type Answer,
  ask,
  batchEvent,
  enrolEvent,
  remoteWriteEvent,
  urlEvent,
} from '../table-faults/clients.ts';
import type { Call } from './simulate.ts';
import type { World } from './world.ts';

/**
 * What a function does in a life, main paths and refusals; `nowMs` is the same for all of them. Gives calls that
 * it lets others make with its rights (a signed address), which no recorder sees.
 */
export type Scene = (world: World, nowMs: number) => Promise<readonly Call[]>;

export const HOSTS = ['web-1', 'web-2', 'db-1'] as const;
const RETENTION = { old: 4 * HOUR_MS, whole: 100 * DAY_MS };

/** A host's load: a sample each 10 s of that time. */
export function loadOf(host: string, fromMs: number, toMs: number, value = 1): Series {
  return sampled({ __name__: 'host_load1', host }, [fromMs, toMs], () => value);
}

/** Throws unless the answer has that status: a scene that goes wrong records nothing of worth. */
export function expectStatus({ status, body }: Answer, expected: number): void {
  if (status !== expected) throw new Error(`status ${status}, not ${expected}: ${body}`);
}

export const ingest: Scene = async (world, nowMs) => {
  const { table, become } = world;
  const handler = createIngest(become('ingest'), () => nowMs);
  const post = async (key: string, series: Series, headers = {}, status = 200) => {
    const event = batchEvent(key, [series]);
    const sent = { ...event, headers: { ...event.headers, ...headers } };
    expectStatus(await ask(handler, sent), status);
  };
  const recent = minuteStartMs('web-1', minuteOf('web-1', nowMs) - 3);
  const old = minuteStartMs('web-1', minuteOf('web-1', nowMs - RETENTION.old));
  const key = await addHostKey(table, 'web-1', nowMs);
  await post(key, loadOf('web-1', recent, recent + 20_000));
  // Of another run of the agent: it is joined to what is there.
  await post(key, loadOf('web-1', recent + 30_000, recent + 50_000));
  await post(key, loadOf('web-1', old, old + 50_000));
  await post(key, loadOf('web-1', recent + MINUTE_MS, recent + MINUTE_MS + 50_000), {
    [URGENT_HEADER]: URGENT_VALUE,
  });
  await post(newHostKey(), loadOf('web-1', recent, recent), {}, 401);
  const ended = await addHostKey(table, 'ended', nowMs);
  await revokeHostKeys(table, 'ended', nowMs);
  await post(ended, loadOf('ended', recent, recent), {}, 401);
  expectStatus(await ask(handler, urlEvent({ rawPath: '/install.sh', method: 'GET' })), 200);
  return [];
};

export const enroll: Scene = async ({ table, become }, nowMs) => {
  const handler = createEnrol(become('enroll'), { nowMs: () => nowMs, audit: () => {} });
  const newToken = async (uses: number, mayReEnrol: boolean) => {
    const terms = { uses, expiresAtMs: nowMs + DAY_MS, mayReEnrol };
    return (await addEnrolmentToken(table, terms, nowMs)).token;
  };
  const enrol = async (secret: string, host: string, key: string, status: number) =>
    expectStatus(await ask(handler, enrolEvent(secret, host, key)), status);
  const [token, again] = [await newToken(1, false), await newToken(2, true)];
  const [first, second, third] = [newHostKey(), newHostKey(), newHostKey()];
  await enrol(token, 'new-1', first, 200);
  await enrol(token, 'new-2', newHostKey(), 403);
  await enrol(again, 'new-1', second, 200);
  await enrol(second, 'new-1', third, 200);
  await enrol(newHostKey(), 'new-1', newHostKey(), 401);
  // Two at once, of which one has to give its use of the token back.
  const answers = await Promise.all(
    [newHostKey(), newHostKey()].map((key) => ask(handler, enrolEvent(again, 'new-1', key))),
  );
  if (answers.every(({ status }) => status >= 500)) throw new Error(JSON.stringify(answers));
  return [];
};

export const install: Scene = async ({ table, become, release }, nowMs) => {
  const handler = createInstall(
    {
      ...become('install'),
      RELEASE_DIR: release,
      SCRIPTS_DIR: 'functions/install/scripts',
      SCHEMA_FILE: 'docs/agent.schema.json',
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'install',
      AWS_SECRET_ACCESS_KEY: 'secret',
    },
    { nowMs: () => nowMs },
  );
  const terms = { uses: 1, expiresAtMs: nowMs + DAY_MS, mayReEnrol: false };
  const secrets = [
    (await addEnrolmentToken(table, terms, nowMs)).token,
    await addHostKey(table, 'web-2', nowMs),
  ];
  const get = async (rawPath: string, secret = '') => {
    const headers = { authorization: `Bearer ${secret}` };
    const answer = await handler(urlEvent({ rawPath, method: 'GET', headers }));
    if (typeof answer === 'string') throw new Error(answer);
    return answer;
  };
  const signed: Call[] = [];
  expectStatus(await ask(handler, urlEvent({ rawPath: '/install.sh', method: 'GET' })), 200);
  for (const secret of secrets)
    for (const file of ['hypervigil-agent-1.2.3-linux-x64.gz', 'wrapper.exe']) {
      const { headers = {} } = await get(`/v1/agent/files/${file}`, secret);
      const { hostname, pathname } = new URL(String(headers['location']));
      const bucket = hostname.replace(/\.s3\..*$/, '');
      signed.push({ action: 's3:GetObject', resource: `arn:aws:s3:::${bucket}${pathname}` });
    }
  return signed;
};

export const remoteWrite: Scene = async ({ table, become }, nowMs) => {
  const handler = createRemoteWrite(become('remote-write'), () => nowMs);
  const key = await addHostKey(table, 'site', nowMs, 'sender');
  const minuteMs = minuteStartMs('site', minuteOf('site', nowMs) - 2);
  const series = (fromMs: number, toMs: number) =>
    sampled({ __name__: 'load', job: 'a' }, [fromMs, toMs], () => 1, 15_000);
  const now = series(minuteMs, minuteMs + 45_000);
  expectStatus(await ask(handler, remoteWriteEvent(key, [now])), 204);
  expectStatus(await ask(handler, writeEvent(key, V2, [outgoingSeries(now)])), 204);
  const late = minuteMs - RETENTION.old;
  expectStatus(await ask(handler, remoteWriteEvent(key, [series(late, late + 45_000)])), 204);
  for (const ago of [10 * DAY_MS, RETENTION.whole]) {
    const startMs = Math.floor((nowMs - ago) / HOUR_MS) * HOUR_MS + phaseMs('site');
    const event = writeEvent(key, V1, [outgoingSeries(series(startMs, startMs + HOUR_MS - 1))]);
    const headers = { ...event.headers, 'x-hypervigil-hours': 'whole' };
    expectStatus(await ask(handler, { ...event, headers }), 204);
  }
  expectStatus(await ask(handler, remoteWriteEvent(newHostKey(), [now])), 401);
  return [];
};

/** Hours of three hosts, then those anew for which something came late. */
export const compact: Scene = async ({ become }, nowMs) => {
  const environment = become('compact');
  for (const atMs of [nowMs - 3 * HOUR_MS, nowMs, nowMs + HOUR_MS]) {
    const reports = await createCompact(environment, () => atMs)();
    const errors = reports.flatMap((report) => report.errors);
    if (reports.length === 0 || errors.length > 0)
      throw new Error(`the compactor: ${JSON.stringify(reports)}`);
  }
  return [];
};
