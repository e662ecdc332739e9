import type { AlertInstance } from '../../core/alerting/alert-state.ts';
import { encodeState } from '../../core/alerting/state-encoding.ts';
import { FIRST_STATE } from '../../core/alerting/tick-state.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { createHandler } from '../../functions/api/handler.ts';
import type { SignInSettings } from '../../functions/api/sign-in/settings.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import type { Table } from '../../functions/store/dynamo.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { createStateStore } from '../../functions/store/state.ts';
import { buildDashboard } from '../../infra/dashboard-build/build.ts';
import { API_PATHS } from '../../infra/local/api-paths.ts';
import { startFront } from '../../infra/local/http-front.ts';
import { sampled, storeSeries } from '../api/fixture.ts';
import { startTable, type TestTable } from '../functions/table.ts';

/** The API with its pages, on a port of this machine, with an hour of data and some alerts. */
export interface Site {
  readonly url: string;
  readonly token: string;
  /** What it is served from. */
  readonly table: Table;
  /** What functions over that table are told. */
  readonly environment: Readonly<Record<string, string>>;
  readonly nowMs: number;
  readonly close: () => Promise<void>;
}

/** What a message about `HostCpuBusy` links to, after the address. */
export const GRAPH_LINK =
  '/graph?g0.expr=avg_over_time%28host_cpu_usage_percent%5B5m%5D%29+%3E+90&g0.tab=1';

const KEEP_MS = 30 * 24 * 60 * MINUTE_MS;
const HOSTS = ['web-1', 'web-2', 'db-1'];

/** `signIn` gives the settings of sign-in for the site's address; absent: there are tokens only. */
export async function startSite(signIn?: (url: string) => SignInSettings): Promise<Site> {
  const store = await startTable();
  const nowMs = Date.now();
  const token = await addApiToken(store.table, 'test', nowMs);
  await storeHosts(store, nowMs);
  const state = { ...FIRST_STATE, lastTickMs: nowMs, alerts: alertsAt(nowMs) };
  const kept = createStateStore(store.table);
  await kept.replace(await kept.read(), encodeState(state));
  const DASHBOARD_DIR = await buildDashboard();
  const environment = { ...store.environment, RULES_DIR: 'test/browser/rules', DASHBOARD_DIR };
  const { promise: url, resolve: tellUrl } = Promise.withResolvers<string>();
  const api = createHandler(
    { ...environment, EXTERNAL_URL: 'https://hypervigil.example.com' },
    Date.now,
    signIn && (async () => JSON.stringify(signIn(await url))),
  );
  const faults: unknown[] = [];
  const front = await startFront({
    port: 0,
    routes: {
      ...Object.fromEntries(API_PATHS.map((path) => [path, api])),
    },
    nowMs: Date.now,
    onFault: (_path, error) => faults.push(error),
  });
  if (!front.ok) throw new Error(front.error.message);
  tellUrl(front.value.url);
  return {
    url: front.value.url,
    environment,
    token,
    table: store.table,
    nowMs,
    close: async () => {
      await front.value.close();
      await store.close();
      if (faults.length > 0) throw faults[0];
    },
  };
}

/** CPU: the first host climbs over 90 % half an hour ago, and has a gap before. */
async function storeHosts(store: TestTable, nowMs: number): Promise<void> {
  const fromMs = Math.floor((nowMs - 70 * MINUTE_MS) / MINUTE_MS) * MINUTE_MS;
  for (const [i, host] of HOSTS.entries()) {
    await createInventoryStore(store.table).putHost(
      { host, firstSeenMs: fromMs, lastSeenMs: nowMs, vms: [] },
      nowMs + KEEP_MS,
    );
    const usage = (atMs: number) => {
      const wave = 6 * Math.sin(atMs / 400_000 + i) + 2 * Math.sin(atMs / 47_000 + 3 * i);
      const climbs = i === 0 && atMs > nowMs - 30 * MINUTE_MS;
      return (climbs ? 94 : 30 + 20 * i) + (climbs ? wave / 4 : wave);
    };
    const labels = { __name__: 'host_cpu_usage_percent', host };
    const gapMs = nowMs - 45 * MINUTE_MS;
    const parts: [number, number][] =
      i === 0
        ? [
            [fromMs, gapMs - 8 * MINUTE_MS],
            [gapMs, nowMs],
          ]
        : [[fromMs, nowMs]];
    for (const part of parts) await storeSeries(store, host, [sampled(labels, part, usage)], nowMs);
  }
}

function alertsAt(nowMs: number): Record<string, AlertInstance[]> {
  const alert = (
    labels: Readonly<Record<string, string>>,
    summary: string,
    more: Partial<AlertInstance>,
  ): AlertInstance => ({
    labels: labelsFrom(labels),
    annotations: {
      summary,
      description: 'Look at what runs there, and at what was deployed last.',
      runbook_url: 'https://runbooks.example.com/it',
    },
    state: 'firing',
    value: 94.2,
    activeAtMs: nowMs - 31 * MINUTE_MS,
    firedAtMs: nowMs - 26 * MINUTE_MS,
    ...more,
  });
  const file = 'pages.rules.yaml;pages';
  return {
    [`${file};HostCpuBusy;0`]: [
      alert(
        { alertname: 'HostCpuBusy', host: 'web-1', severity: 'critical' },
        'CPU of web-1 is busy: 94 % over 5 minutes',
        {},
      ),
      alert(
        { alertname: 'HostCpuBusy', host: 'db-1', severity: 'critical' },
        'CPU of db-1 is busy: 91 % over 5 minutes',
        { state: 'pending', activeAtMs: nowMs - 2 * MINUTE_MS },
      ),
    ],
    [`${file};VmDiskFilling;0`]: [
      alert(
        {
          alertname: 'VmDiskFilling',
          host: 'hv-2',
          vm: 'shop-database',
          device: 'vda',
          severity: 'warning',
        },
        'Disk vda of shop-database is 87 % full',
        { value: 87, noDataSinceMs: nowMs - 9 * MINUTE_MS, activeAtMs: nowMs - 300 * MINUTE_MS },
      ),
      alert(
        {
          alertname: 'VmDiskFilling',
          host: 'hv-1',
          vm: 'mail',
          device: 'vdb',
          severity: 'warning',
        },
        'Disk vdb of mail is 81 % full',
        { value: 81 },
      ),
    ],
    [`${file};HostDown;0`]: [
      alert(
        { alertname: 'HostDown', host: 'hv-1', severity: 'critical' },
        'hv-1 is down: nothing heard for 3 minutes',
        { value: 0, activeAtMs: nowMs - 3 * MINUTE_MS },
      ),
    ],
  };
}
