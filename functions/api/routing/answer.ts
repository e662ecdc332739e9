import * as v from 'valibot';
import { countedAlerts } from '../../../core/alerting/notify.ts';
import { decodeState } from '../../../core/alerting/state-encoding.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import type { LoadedRouting } from '../../evaluate/routing.ts';
import type { SilenceStore } from '../../store/silences.ts';
import type { ApiRequest } from '../http.ts';
import type { ApiPorts } from '../ports.ts';
import { type ApiData, type ApiError, badData } from '../reply.ts';
import { readJsonBody } from '../tokens/body.ts';
import { routingAnswer } from './tree.ts';
import { whereTo } from './where-to.ts';

type Answer = Result<ApiData, ApiError>;

/** What the routing's endpoints need of the world. */
export interface RoutingPorts extends Pick<ApiPorts, 'state' | 'rules' | 'externalUrl' | 'nowMs'> {
  readonly routing: LoadedRouting;
  readonly silences: Pick<SilenceStore, 'list'>;
}

const ROUTING_PATH = '/api/v1/routing';
const ROUTING_TEST_PATH = '/api/v1/routing/test';

/** Is the path one of those that are answered here? */
export function isRoutingPath(path: string): boolean {
  return path === ROUTING_PATH || path === ROUTING_TEST_PATH;
}

/** Answers a request that has been let in. Throws what the table throws. */
export async function answerRouting(request: ApiRequest, ports: RoutingPorts): Promise<Answer> {
  const { method, path } = request;
  const allowed = path === ROUTING_PATH ? 'GET' : 'POST';
  if (method !== allowed) {
    const message = `${method} is not ${allowed}`;
    return err({ kind: 'not_allowed', message, allowed: [allowed] });
  }
  if (path === ROUTING_PATH)
    return ok({ json: JSON.stringify(routingAnswer(ports.routing, ports.nowMs())) });
  return testRouting(request, ports);
}

const bodySchema = v.strictObject({
  labels: v.record(v.string(), v.string('give a text'), 'give an object of names and values'),
});

/** The state and the silences are read, as for a list of alerts. */
async function testRouting(request: ApiRequest, ports: RoutingPorts): Promise<Answer> {
  const read = readJsonBody(request, bodySchema);
  if (!read.ok) return read;
  const given = Object.entries(read.value.labels);
  if (given.some(([name]) => name === '')) return err(badData('labels: a name is empty'));
  const nowMs = ports.nowMs();
  const [stored, silences] = await Promise.all([ports.state.read(), ports.silences.list(nowMs)]);
  const state = decodeState(stored);
  const moment = {
    ...{ config: ports.routing.config, escalations: ports.routing.escalations },
    ...{ silences, groups: state.groups, nowMs },
    firing: [...countedAlerts(ports.rules.groups, state, ports.externalUrl).values()],
  };
  // As in Prometheus, an empty label is none.
  const labels = Object.fromEntries(given.filter(([, value]) => value !== ''));
  return ok({ json: JSON.stringify(whereTo(labels, moment)) });
}
