import { err, type Result } from '../../../core/result.ts';
import type { Caller } from '../authenticate.ts';
import type { ApiRequest } from '../http.ts';
import type { ApiData, ApiError } from '../reply.ts';
import { addSubscription } from './add.ts';
import { confirmAgain } from './confirm-again.ts';
import { listSubscriptions } from './list.ts';
import type { SubscriptionPorts } from './ports.ts';
import { removeSubscription } from './remove.ts';
import { testTopic } from './test-topic.ts';

type Answer = Promise<Result<ApiData, ApiError>>;

type Act = (request: ApiRequest, caller: Caller, ports: SubscriptionPorts, id: string) => Answer;

/** By path (`*`: an id) and method. Who may is in `access.ts`. */
export const SUBSCRIPTION_ENDPOINTS: Readonly<Record<string, Readonly<Record<string, Act>>>> = {
  '/api/v1/subscriptions': {
    GET: (_, caller, ports) => listSubscriptions(caller, ports),
    POST: addSubscription,
  },
  '/api/v1/subscriptions/*': {
    DELETE: (_, caller, ports, id) => removeSubscription(id, caller, ports),
  },
  '/api/v1/subscriptions/*/confirmation': {
    POST: (_, caller, ports, id) => confirmAgain(id, caller, ports),
  },
  '/api/v1/topics/*/test': { POST: (_, caller, ports, id) => testTopic(id, caller, ports) },
};

const PATH =
  /^\/api\/v1\/(?:subscriptions(?:\/(?<id>[^/]+)(?:\/confirmation)?)?|topics\/(?<topic>[^/]+)\/test)$/;

/** Is the path one of those that are answered here? */
export function isSubscriptionPath(path: string): boolean {
  return PATH.test(path);
}

/** Answers a request that has been let in. Throws what the table throws. */
export async function answerSubscriptions(
  request: ApiRequest,
  caller: Caller,
  ports: SubscriptionPorts,
): Answer {
  const { method, path } = request;
  const { id, topic } = PATH.exec(path)?.groups ?? {};
  const named = id ?? topic ?? '';
  const acts = SUBSCRIPTION_ENDPOINTS[named === '' ? path : path.replace(`/${named}`, '/*')] ?? {};
  const act = Object.hasOwn(acts, method) ? acts[method] : undefined;
  if (act !== undefined) return act(request, caller, ports, named);
  const allowed = Object.keys(acts);
  return err({ kind: 'not_allowed', message: `${method} is not ${allowed.join(' or ')}`, allowed });
}
