import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { CHUNK_MEDIA_TYPE } from '../../core/chunk/format.ts';
import { minuteOf, minuteStartMs } from '../../core/host-minute.ts';
import type { Role } from '../../core/role.ts';
import type { Series } from '../../core/series/series.ts';
import { createHandler as createApi } from '../../functions/api/handler.ts';
import { createHandler as createEnroll } from '../../functions/enroll/handler.ts';
import { createHandler as createEvaluate } from '../../functions/evaluate/handler.ts';
import { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { hashHostKey, newHostKey } from '../../functions/store/host-keys.ts';
import { readPushKeys } from '../../functions/store/push-keys.ts';
import { createShards } from '../../functions/store/shards.ts';
import { buildDashboard } from '../../infra/dashboard-build/build.ts';
import { API_PATHS } from '../../infra/local/api-paths.ts';
import { startFront } from '../../infra/local/http-front.ts';
import { type FakeSns, startFakeSns } from '../api/fake-sns.ts';
import { sampled } from '../api/fixture.ts';
import { startTable } from '../functions/table.ts';
import { type PushService, startPushService } from '../push/push-service.ts';

/** A deployment that nobody reports to yet, with an SNS and a push service that keep what they are told. */
export interface ToldSite {
  readonly url: string;
  readonly tokens: Readonly<Record<Role, string>>;
  readonly sns: FakeSns;
  readonly push: PushService;
  /** As an admin makes it. */
  readonly enrolmentToken: () => Promise<string>;
  /** Lets a host in; its key. */
  readonly enrol: (token: string, host: string) => Promise<string>;
  /** Posts the last minute of a host: its load, who it is, its VMs. */
  readonly post: (key: string, host: string, load: number, vms: readonly string[]) => Promise<void>;
  /** Judges what is there. */
  readonly tick: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const RULES = `groups:
  - name: load
    rules:
      - alert: HostBusy
        expr: host_load1 > 5
        labels: { severity: critical }
        annotations: { summary: '{{ $labels.host }} is busy' }
`;
const ROUTING = `route: { receiver: critical, group_by: [alertname], group_wait: 0s, group_interval: 1s }
receivers: [{ name: critical, sns_configs: [{ topic_arn: '\${TOPIC_ARN_CRITICAL}' }] }]
`;

export async function startToldSite(): Promise<ToldSite> {
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-told-'));
  writeFileSync(join(folder, 'load.rules.yaml'), RULES);
  writeFileSync(join(folder, 'alertmanager.yaml'), ROUTING);
  const store = await startTable();
  await createShards(store.table, 1, Date.now).upTo(0);
  const sns = await startFakeSns();
  let publicKey = '';
  const push = await startPushService(() => publicKey);
  const environment = {
    ...store.environment,
    RULES_DIR: folder,
    DASHBOARD_DIR: await buildDashboard(),
    SNS_ENDPOINT: sns.endpoint,
    PUSH_SERVICE_ORIGIN: push.origin,
  };
  const ingest = createIngest(environment, Date.now);
  const enroll = createEnroll(environment, { audit: () => {} });
  const { promise: url, resolve: tellUrl } = Promise.withResolvers<string>();
  const api = url.then((EXTERNAL_URL) => createApi({ ...environment, EXTERNAL_URL }));
  const ask: Awaited<typeof api> = async (event) => (await api)(event);
  const faults: unknown[] = [];
  const front = await startFront({
    port: 0,
    routes: {
      '/v1/batches': ingest,
      '/v1/enrolments': enroll,
      ...Object.fromEntries(API_PATHS.map((path) => [path, ask])),
    },
    nowMs: Date.now,
    onFault: (path, error) => faults.push(new Error(path, { cause: error })),
  });
  if (!front.ok) throw new Error(front.error.message);
  tellUrl(front.value.url);
  const evaluate = createEvaluate({ ...environment, EXTERNAL_URL: front.value.url });
  const tokenOf = (role: Role) =>
    addApiToken(store.table, role, Date.now(), { role, owner: `${role}@example.org` });
  const send = async (
    path: string,
    secret: string,
    body: string | Uint8Array<ArrayBuffer>,
    type: string,
  ) => {
    const headers = { authorization: `Bearer ${secret}`, 'content-type': type };
    const answer = await fetch(`${front.value.url}${path}`, { method: 'POST', headers, body });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  };
  const tokens = {
    viewer: await tokenOf('viewer'),
    operator: await tokenOf('operator'),
    admin: await tokenOf('admin'),
  };
  return {
    url: front.value.url,
    tokens,
    sns,
    push,
    enrolmentToken: () => makeEnrolmentToken(front.value.url, tokens.admin),
    enrol: async (token, host) => {
      const key = newHostKey();
      const body = JSON.stringify({ host, keyHash: hashHostKey(key) });
      await send('/v1/enrolments', token, body, 'application/json');
      return key;
    },
    post: async (key, host, load, vms) => {
      const bytes = encodeChunk(minuteSeries(host, load, vms));
      await send('/v1/batches', key, new Uint8Array(bytes), CHUNK_MEDIA_TYPE);
    },
    tick: async () => {
      publicKey = (await readPushKeys(store.table))?.publicKey ?? '';
      push.trust(publicKey);
      const { errors } = await evaluate();
      if (errors.length > 0) throw new Error(errors.join('; '));
    },
    close: async () => {
      await front.value.close();
      await sns.close();
      await push.close();
      await store.close();
      rmSync(folder, { recursive: true });
      if (faults.length > 0) throw faults[0];
    },
  };
}

async function makeEnrolmentToken(url: string, admin: string): Promise<string> {
  const headers = { authorization: `Bearer ${admin}`, 'content-type': 'application/json' };
  const path = `${url}/api/v1/enrolment-tokens`;
  const answer = await fetch(path, { method: 'POST', headers, body: '{}' });
  const { data } = (await answer.json()) as { data: { token: string } };
  return data.token;
}

/** Of the host's minute of now, up to now. */
function minuteSeries(host: string, load: number, vms: readonly string[]): Series[] {
  const nowMs = Date.now();
  const fromMs = minuteStartMs(host, minuteOf(host, nowMs));
  const series = (labels: Readonly<Record<string, string>>, value: number) =>
    sampled({ host, ...labels }, [fromMs, nowMs], () => value);
  return [
    series({ __name__: 'host_load1' }, load),
    series({ __name__: 'host_info', os: 'Debian GNU/Linux 13', arch: 'x64', boot: 'a' }, 1),
    ...vms.map((vm) => series({ __name__: 'vm_info', vm, uuid: `uuid-of-${vm}` }, 1)),
  ];
}
