import { randomUUID } from 'node:crypto';
import type { AlertmanagerConfig } from '../../core/alertmanager/config-types.ts';
import { fingerprint } from '../../core/alertmanager/fingerprint.ts';
import type { AlertLabels } from '../../core/alertmanager/matcher.ts';
import { parseAlertmanagerConfig } from '../../core/alertmanager/parse-config.ts';
import { matchRoutes } from '../../core/alertmanager/route.ts';
import { silencedBy } from '../../core/alertmanager/silence.ts';
import { answerAlertmanager } from '../../functions/alertmanager-api/answer.ts';
import type { AlertmanagerPorts, AlertView } from '../../functions/alertmanager-api/ports.ts';
import { type ApiRequest, readRequest } from '../../functions/api/http.ts';
import { createAcknowledgementStore } from '../../functions/store/acknowledgements.ts';
import { createDeliveryStore } from '../../functions/store/deliveries.ts';
import { createSilenceStore } from '../../functions/store/silences.ts';
import { apiEvent, encode, type Params } from '../api/fixture.ts';
import { startTable, type TestTable } from '../functions/table.ts';

export const NOW_MS = Date.UTC(2026, 2, 1, 12, 0, 0);
export const HOUR_MS = 3_600_000;

export const CONFIG = `
route:
  receiver: team
  group_by: [alertname]
  routes:
    - matchers: [severity="critical"]
      receiver: oncall
      continue: true
    - matchers: [host=~"db.*"]
      receiver: dba
receivers:
  - name: team
  - name: oncall
    webhook_configs:
      - url: https://hooks.example.com/a-secret?token=another-secret
        http_config:
          basic_auth: { username: ann, password: a-secret }
    slack_configs:
      - api_url: https://hooks.slack.com/services/a-secret
        channel: '#alerts'
  - name: dba
`;

export const ALERTS: readonly AlertLabels[] = [
  { alertname: 'HostDown', host: 'web1', severity: 'critical' },
  { alertname: 'DiskFull', host: 'db1', severity: 'critical' },
  { alertname: 'DiskFull', host: 'web2', severity: 'warning' },
];

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** `undefined`: no body. */
  readonly json: unknown;
}

export interface TestAlertmanager {
  readonly ports: AlertmanagerPorts;
  readonly store: TestTable;
  /** The time that the API is told. */
  nowMs: number;
  /** Labels of what fires. */
  firing: readonly AlertLabels[];
  /** Changes what the API sees of the alerts. */
  view: (alert: AlertView) => AlertView;
  readonly get: (path: string, params?: Params) => Promise<Reply>;
  readonly delete: (path: string, params?: Params) => Promise<Reply>;
  /** `body`: as JSON, unless it is a text already. */
  readonly post: (path: string, body: unknown, mediaType?: string) => Promise<Reply>;
  readonly close: () => Promise<void>;
}

function parseConfig(text: string): AlertmanagerConfig {
  const options = { variables: {}, readFile: () => undefined };
  const config = parseAlertmanagerConfig(text, 'alertmanager.yaml', options);
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  return config.value;
}

/** The API over a table in memory, with alerts that fire and a clock that stands still. */
export async function startAlertmanager(configText = CONFIG): Promise<TestAlertmanager> {
  const store = await startTable();
  const config = parseConfig(configText);
  const silences = createSilenceStore(store.table);
  const ports: AlertmanagerPorts = {
    alerts: async () => {
      const known = await silences.list(api.nowMs);
      return api.firing.map((labels) =>
        api.view(viewOf(labels, config, silencedBy(known, labels, api.nowMs))),
      );
    },
    config,
    silences,
    acknowledgements: createAcknowledgementStore(store.table),
    deliveries: createDeliveryStore(store.table),
    nowMs: () => api.nowMs,
    newId: randomUUID,
    startedAtMs: NOW_MS - HOUR_MS,
    version: '1.2.3',
  };
  const call = async (parts: Parameters<typeof apiEvent>[0]): Promise<Reply> => {
    const request = readRequest(apiEvent(parts));
    if (!request.ok) throw new Error(request.error.message);
    return readAnswer(request.value, ports);
  };
  const api: TestAlertmanager = {
    ports,
    store,
    nowMs: NOW_MS,
    firing: ALERTS,
    view: (alert) => alert,
    get: (rawPath, params = {}) => call({ rawPath, rawQueryString: encode(params) }),
    delete: (rawPath, params = {}) =>
      call({ method: 'DELETE', rawPath, rawQueryString: encode(params) }),
    post: (rawPath, body, mediaType = 'application/json') =>
      call({
        method: 'POST',
        rawPath,
        headers: { 'content-type': mediaType },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    close: () => store.close(),
  };
  return api;
}

async function readAnswer(request: ApiRequest, ports: AlertmanagerPorts): Promise<Reply> {
  const { statusCode, headers = {}, body } = await answerAlertmanager(request, ports);
  return {
    status: statusCode ?? 0,
    headers,
    json: body === undefined ? undefined : JSON.parse(body),
  };
}

function viewOf(
  labels: AlertLabels,
  config: AlertmanagerConfig,
  silences: readonly string[],
): AlertView {
  const routes = matchRoutes(config.route, labels);
  return {
    labels,
    annotations: { summary: `${labels['alertname']} on ${labels['host']}` },
    fingerprint: fingerprint(labels),
    startsAtMs: NOW_MS - 60_000,
    updatedAtMs: NOW_MS,
    endsAtMs: NOW_MS + 240_000,
    generatorUrl: 'https://hypervigil.example.com/graph',
    state: silences.length > 0 ? 'suppressed' : 'active',
    silencedBy: silences,
    inhibitedBy: [],
    mutedBy: [],
    receivers: routes.map(({ receiver }) => receiver),
    groups: routes.map(({ id, receiver, groupBy }) => ({
      receiver,
      routeId: id,
      groupLabels: Object.fromEntries(
        Object.entries(labels).filter(([name]) => groupBy === 'all' || groupBy.includes(name)),
      ),
      mutedBy: [],
    })),
  };
}
