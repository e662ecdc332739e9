import { parsePromql } from '../../core/promql/parse.ts';
import { prettyExpr } from '../../core/promql/pretty.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { findSeries, labelNames, labelValues } from './find-series.ts';
import type { ApiRequest } from './http.ts';
import { listHosts, listVms } from './inventory/lists.ts';
import { metricMetadata } from './metadata.ts';
import { rangeParams } from './params.ts';
import type { ApiPorts } from './ports.ts';
import { instantQuery, rangeQuery } from './query.ts';
import { type ApiData, type ApiError, badData, badParameter } from './reply.ts';
import { activeAlerts, listRules } from './rules.ts';

type Answer = Result<ApiData, ApiError>;

interface Endpoint {
  readonly methods: readonly string[];
  readonly answer: (params: URLSearchParams, ports: ApiPorts) => Answer | Promise<Answer>;
}

const BOTH = ['GET', 'POST'];
const GET = ['GET'];

/** Every endpoint with the methods that are taken there. */
export const PROMETHEUS_ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  ['/api/v1/query', { methods: BOTH, answer: instantQuery }],
  ['/api/v1/query_range', { methods: BOTH, answer: rangeQuery }],
  ['/api/v1/query_exemplars', { methods: BOTH, answer: exemplars }],
  ['/api/v1/format_query', { methods: BOTH, answer: formatQuery }],
  ['/api/v1/series', { methods: BOTH, answer: findSeries }],
  ['/api/v1/labels', { methods: BOTH, answer: labelNames }],
  ['/api/v1/metadata', { methods: GET, answer: metricMetadata }],
  ['/api/v1/rules', { methods: GET, answer: listRules }],
  ['/api/v1/alerts', { methods: GET, answer: (_, ports) => activeAlerts(ports) }],
  // Our own; all others are Prometheus'.
  ['/api/v1/hosts', { methods: GET, answer: listHosts }],
  ['/api/v1/vms', { methods: GET, answer: listVms }],
  ['/api/v1/status/buildinfo', { methods: GET, answer: buildInfo }],
]);

const LABEL_VALUES = /^\/api\/v1\/label\/([^/]+)\/values$/;

/** Answers a request that has been let in. */
export async function answerRequest(request: ApiRequest, ports: ApiPorts): Promise<Answer> {
  const endpoint = endpointAt(request.path);
  if (endpoint === undefined)
    return err({ kind: 'not_found', message: `nothing at ${request.path}` });
  if (!endpoint.methods.includes(request.method)) {
    const message = `${request.method} is not ${endpoint.methods.join(' or ')}`;
    return err({ kind: 'not_allowed', message });
  }
  return endpoint.answer(request.params, ports);
}

function endpointAt(path: string): Endpoint | undefined {
  const label = LABEL_VALUES.exec(path)?.[1];
  if (label === undefined) return PROMETHEUS_ENDPOINTS.get(path);
  return { methods: GET, answer: (params, ports) => labelValues(label, params, ports) };
}

/** There are no exemplars; whoever asks rightly is told so. */
function exemplars(params: URLSearchParams): Answer {
  const range = rangeParams(params);
  if (!range.ok) return range;
  if (range.value.toMs < range.value.fromMs)
    return err(badData('end timestamp must not be before start timestamp'));
  const expr = parsePromql(params.get('query') ?? '');
  return expr.ok ? ok({ json: '[]' }) : err(badData(expr.error.message));
}

function formatQuery(params: URLSearchParams): Answer {
  const expr = parsePromql(params.get('query') ?? '');
  if (!expr.ok) return err(badParameter('query', expr.error.message));
  return ok({ json: JSON.stringify(prettyExpr(expr.value)) });
}

/** The Prometheus whose API this is: clients choose what they ask by it. */
const PROMETHEUS_VERSION = '3.5.0';

function buildInfo(): Answer {
  const info = {
    version: PROMETHEUS_VERSION,
    revision: 'hypervigil',
    branch: '',
    buildUser: '',
    buildDate: '',
    goVersion: '',
  };
  return ok({ json: JSON.stringify(info) });
}
