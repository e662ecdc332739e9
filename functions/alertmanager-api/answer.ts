import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ApiRequest } from '../api/http.ts';
import {
  listAcknowledgements,
  postAcknowledgement,
  withdrawAcknowledgements,
} from './acknowledgements.ts';
import { listAlertGroups, listAlerts } from './alerts.ts';
import { getNotification, listNotifications } from './notifications.ts';
import type { AlertmanagerPorts } from './ports.ts';
import { type Answer, INVALID_TYPE, rejected, sendAnswer } from './reply.ts';
import { expireSilence, getSilence, listSilences, postSilence } from './silences.ts';
import { listReceivers, status } from './status.ts';

/**
 * Alertmanager's API, version 2, and our acknowledgements. Answers, errors too, are shaped and
 * worded as Alertmanager's own. Source: alertmanager/api/v2/openapi.yaml and api.go, version 0.34.
 */

type Endpoint = (request: ApiRequest, ports: AlertmanagerPorts) => Answer | Promise<Answer>;

/** By path and method; those of one silence and one notification are beside it. */
export const ALERTMANAGER_ENDPOINTS: Readonly<Record<string, Readonly<Record<string, Endpoint>>>> =
  {
    '/api/v2/status': { GET: (_, ports) => status(ports) },
    '/api/v2/receivers': { GET: ({ params }, ports) => listReceivers(params, ports) },
    '/api/v2/alerts': { GET: ({ params }, ports) => listAlerts(params, ports), POST: refuseAlerts },
    '/api/v2/alerts/groups': { GET: ({ params }, ports) => listAlertGroups(params, ports) },
    '/api/v2/silences': {
      GET: ({ params }, ports) => listSilences(params, ports),
      POST: postSilence,
    },
    '/v1/notifications': { GET: ({ params }, ports) => listNotifications(params, ports) },
    '/v1/acknowledgements': {
      GET: ({ params }, ports) => listAcknowledgements(params, ports),
      POST: postAcknowledgement,
      DELETE: ({ params }, ports) => withdrawAcknowledgements(params, ports),
    },
  };

const SILENCE_PATH = /^\/api\/v2\/silence\/([^/]+)$/;
const NOTIFICATION_PATH = /^\/v1\/notifications\/([^/]+)$/;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** Is the path one of those that are answered here? */
export function isAlertmanagerPath(path: string): boolean {
  return (
    path.startsWith('/api/v2/') ||
    path === '/v1/acknowledgements' ||
    path === '/v1/notifications' ||
    path.startsWith('/v1/notifications/')
  );
}

/** Answers a request that has been let in. Throws only what the table or `ports.alerts` throws. */
export async function answerAlertmanager(
  request: ApiRequest,
  ports: AlertmanagerPorts,
): Promise<APIGatewayProxyStructuredResultV2> {
  return sendAnswer(await answer(request, ports), request);
}

async function answer(request: ApiRequest, ports: AlertmanagerPorts): Promise<Answer> {
  const { method, path } = request;
  const endpoints = endpointsAt(path);
  if (endpoints === undefined) return rejected(404, `path ${path} was not found`);
  const endpoint = Object.hasOwn(endpoints, method) ? endpoints[method] : undefined;
  if (endpoint !== undefined) return endpoint(request, ports);
  const allowed = Object.keys(endpoints).join(',');
  const message = `method ${method} is not allowed, but [${allowed}] are`;
  return rejected(405, message, { allow: allowed });
}

function endpointsAt(path: string): Readonly<Record<string, Endpoint>> | undefined {
  const notification = NOTIFICATION_PATH.exec(path)?.[1];
  if (notification !== undefined)
    return { GET: (_, ports) => getNotification(notification, ports) };
  const id = SILENCE_PATH.exec(path)?.[1];
  if (id === undefined)
    return Object.hasOwn(ALERTMANAGER_ENDPOINTS, path) ? ALERTMANAGER_ENDPOINTS[path] : undefined;
  return {
    GET: (_, ports) => withId(getSilence, ports),
    DELETE: (_, ports) => withId(expireSilence, ports),
  };

  function withId(act: typeof getSilence, ports: AlertmanagerPorts): Answer | Promise<Answer> {
    if (id !== undefined && UUID.test(id)) return act(id, ports);
    return rejected(INVALID_TYPE, `silenceID in path must be of type uuid: ${JSON.stringify(id)}`);
  }
}

/** Alerts are made by rules over what agents and remote write send. */
function refuseAlerts(): Answer {
  const message =
    'alerts cannot be posted here: Hypervigil makes them itself, from its rules; send metrics by remote write and write a rule';
  return rejected(405, message, { allow: 'GET' });
}
