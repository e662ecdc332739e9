import { createHash } from 'node:crypto';
import { CHUNK_MEDIA_TYPE } from '../../core/chunk/format.ts';
import { MINUTE_MS, minuteOf, minuteStartMs } from '../../core/host-minute.ts';
import { DAY_MS } from '../../core/time.ts';
import type { Table } from '../../functions/store/dynamo.ts';
import { outgoing, V1, writeEvent } from '../remote-write/requests.ts';
import type { Code } from './code.ts';
import type { FixtureSecrets } from './fixture.ts';
import {
  ADDED,
  answered,
  BROWSER,
  FIRST_HOUR_MS,
  HOSTS,
  HOT,
  LEFT_MS,
  NOON_MS,
  PUSH_KEYS,
  postEvent,
  SENDER,
  SESSION,
  SILENCED,
  seriesOf,
  WELL,
} from './scene.ts';

type Environment = Readonly<Record<string, string>>;

/** A deployment of some code, and the clock it looks at. */
interface Stage {
  readonly code: Code;
  readonly table: Table;
  readonly environment: Environment;
  readonly setClock: (ms: number) => void;
}

/**
 * Lets a deployment live two hours: hosts post, the evaluator ticks, one alert is told, one silenced, one
 * pending, one acknowledged; an hour is rolled up, and something comes late for it. What the code did not have yet
 * is left out. Gives the keys and tokens that were made.
 */
export async function play(stage: Stage): Promise<FixtureSecrets> {
  const { code, table, setClock } = stage;
  setClock(FIRST_HOUR_MS);
  const keys: Record<string, string> = {};
  for (const host of HOSTS) keys[host] = await code.addHostKey(table, host, FIRST_HOUR_MS);
  if (code.createRemoteWrite !== undefined)
    keys[SENDER] = await code.addHostKey(table, SENDER, FIRST_HOUR_MS, 'sender');
  const terms = { role: 'operator' as const };
  const apiToken = await code.addApiToken?.(table, 'grafana', FIRST_HOUR_MS, terms);
  const viewer = { role: 'viewer', areas: ['metrics'], owner: 'bob', by: 'bob' } as const;
  const endsAtMs = FIRST_HOUR_MS + 30 * DAY_MS;
  const viewerToken = await code.addApiToken?.(table, 'charts', NOON_MS, { ...viewer, endsAtMs });
  await code.createSessionStore?.(table).put(SESSION);
  await code.keepPushKeys?.(table, PUSH_KEYS);
  await code.createPushSubscriptions?.(table).put(BROWSER);
  await code.createSubscriptionNotes?.(table).put(ADDED, NOON_MS);
  const acts = actors(stage, keys, apiToken);
  for (let i = 30; i < 34; i++) await acts.minute(FIRST_HOUR_MS + i * MINUTE_MS, [HOT, WELL]);
  setClock(FIRST_HOUR_MS + 100 * MINUTE_MS);
  await code.createCompactor?.(stage.environment)();
  await acts.post(HOT, FIRST_HOUR_MS + 35 * MINUTE_MS);
  await acts.silence();
  await acts.editRules();
  for (let i = -3; i < 5; i++) await acts.minute(NOON_MS + i * MINUTE_MS, HOSTS);
  await acts.acknowledge();
  await acts.write(NOON_MS + 6 * MINUTE_MS);
  const enrolled = await acts.enrol();
  await code.tellRevocation?.(table);
  for (let i = 5; i < 9; i++) await acts.minute(NOON_MS + i * MINUTE_MS, HOSTS);
  setClock(LEFT_MS);
  return {
    keys,
    ...(apiToken === undefined ? {} : { apiToken }),
    ...(viewerToken === undefined ? {} : { viewerToken }),
    ...enrolled,
  };
}

function actors(
  { code, table, environment, setClock }: Stage,
  keys: Readonly<Record<string, string>>,
  apiToken: string | undefined,
) {
  const ingest = code.createIngest(environment);
  const evaluator = code.createEvaluator(environment);
  const api = code.createApi?.(environment);
  const write = code.createRemoteWrite?.(environment);
  const enrol = code.createEnrolment?.(environment, { audit: () => {} });
  const post = async (host: string, atMs: number): Promise<void> => {
    const bytes = code.encodeChunk(seriesOf(host, minuteOf(host, atMs)));
    const event = postEvent('/v1/batches', keys[host] ?? '', CHUNK_MEDIA_TYPE, bytes);
    expectDone(answered(await ingest(event)), `a batch of ${host}`);
  };
  const ask = async (path: string, body: object): Promise<void> => {
    if (api === undefined || apiToken === undefined) return;
    const event = postEvent(path, apiToken, 'application/json', JSON.stringify(body));
    const answer = answered(await api(event));
    // Of code that did not have it yet.
    if (answer.status !== 404 && answer.status !== 405) expectDone(answer, path);
  };
  return {
    post,
    /** All post the minute in which a time lies, and a tick follows. */
    minute: async (atMs: number, hosts: readonly string[]): Promise<void> => {
      for (const host of hosts) {
        setClock(minuteStartMs(host, minuteOf(host, atMs) + 1));
        await post(host, atMs);
      }
      setClock(atMs + MINUTE_MS);
      const { errors } = await evaluator(atMs + MINUTE_MS);
      if (errors.length > 0) throw new Error(errors.join('; '));
    },
    silence: () =>
      ask('/api/v2/silences', {
        matchers: [{ name: 'host', value: SILENCED, isRegex: false, isEqual: true }],
        startsAt: new Date(NOON_MS - 20 * MINUTE_MS).toISOString(),
        endsAt: new Date(NOON_MS + 600 * MINUTE_MS).toISOString(),
        createdBy: 'ada',
        comment: 'is being moved',
      }),
    /** Somebody saves rules that ask for what nobody has. */
    editRules: async (): Promise<void> => {
      const token = await code.addApiToken?.(table, 'root', NOON_MS, { role: 'admin' });
      if (api === undefined || token === undefined) return;
      const rule = { alert: 'Edited', expr: 'nobody_has_this > 1' };
      const text = JSON.stringify({ groups: [{ name: 'edited', rules: [rule] }] });
      const body = JSON.stringify({ text, basedOn: 0, comment: 'to be kept' });
      const event = postEvent(
        '/api/v1/rules/files/edited.rules.yaml',
        token,
        'application/json',
        body,
      );
      const { requestContext } = event;
      const http = { ...requestContext.http, method: 'PUT' };
      const answer = answered(await api({ ...event, requestContext: { ...requestContext, http } }));
      // Of code that did not have it yet.
      if (answer.status !== 404 && answer.status !== 405) expectDone(answer, 'rules');
    },
    acknowledge: () =>
      ask('/v1/acknowledgements', { filter: [`host="${HOT}"`], by: 'ada', for: '8h' }),
    /** A Prometheus writes one sample. */
    write: async (atMs: number): Promise<void> => {
      if (write === undefined) return;
      const series = [outgoing({ __name__: 'demo_value', job: 'demo' }, [[atMs, 42]])];
      const result = await write(writeEvent(keys[SENDER] ?? '', V1, series));
      expectDone(answered(result), 'remote write');
    },
    /** One of two uses of an enrolment token. */
    enrol: async (): Promise<Pick<FixtureSecrets, 'enrolmentToken'>> => {
      if (enrol === undefined || code.addEnrolmentToken === undefined) return {};
      const terms = { uses: 2, expiresAtMs: LEFT_MS + 3_600_000, mayReEnrol: false };
      const { token } = await code.addEnrolmentToken(table, terms, NOON_MS);
      const body = JSON.stringify({ host: 'enrolled-1', keyHash: keyHashOf('first') });
      const event = postEvent('/v1/enrolments', token, 'application/json', body);
      expectDone(answered(await enrol(event)), 'an enrolment');
      return { enrolmentToken: token };
    },
  };
}

/** The hash of a key that only tests have. */
export function keyHashOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}

function expectDone({ status, body }: { status: number; body: string }, what: string): void {
  if (status !== 200 && status !== 204) throw new Error(`${what}: ${status} ${body}`);
}
