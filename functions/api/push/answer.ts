import { err, ok, type Result } from '../../../core/result.ts';
import type { Caller } from '../authenticate.ts';
import type { ApiRequest } from '../http.ts';
import type { ApiData, ApiError } from '../reply.ts';
import { endBrowser, listBrowsers, subscribeBrowser } from './browsers.ts';
import type { PushPorts } from './ports.ts';
import { testBrowser } from './test-push.ts';

type Answer = Promise<Result<ApiData, ApiError>>;

type Act = (request: ApiRequest, caller: Caller, ports: PushPorts, id: string) => Answer;

/** By path (`*`: an id) and method. Who may is in `access.ts`; each has a hand in no more than their own browsers. */
export const PUSH_ENDPOINTS: Readonly<Record<string, Readonly<Record<string, Act>>>> = {
  '/api/v1/push/key': { GET: (_, __, ports) => tellKey(ports) },
  '/api/v1/push/subscriptions': {
    GET: (_, caller, ports) => listBrowsers(caller, ports),
    POST: subscribeBrowser,
  },
  '/api/v1/push/subscriptions/*': {
    DELETE: (_, caller, ports, id) => endBrowser(id, caller, ports),
  },
  '/api/v1/push/subscriptions/*/test': {
    POST: (_, caller, ports, id) => testBrowser(id, caller, ports),
  },
};

const PATH = /^\/api\/v1\/push\/(key|subscriptions(?:\/([^/]+)(\/test)?)?)$/;

/** Is the path one of those that are answered here? */
export function isPushPath(path: string): boolean {
  return PATH.test(path);
}

/** Answers a request that has been let in. Throws what the table throws. */
export async function answerPush(request: ApiRequest, caller: Caller, ports: PushPorts): Answer {
  const { method, path } = request;
  const id = PATH.exec(path)?.[2] ?? '';
  const acts = PUSH_ENDPOINTS[id === '' ? path : path.replace(`/${id}`, '/*')] ?? {};
  const act = Object.hasOwn(acts, method) ? acts[method] : undefined;
  if (act !== undefined) return act(request, caller, ports, id);
  const allowed = Object.keys(acts);
  return err({ kind: 'not_allowed', message: `${method} is not ${allowed.join(' or ')}`, allowed });
}

/** `GET /api/v1/push/key`. */
async function tellKey({ keys }: PushPorts): Answer {
  const { publicKey } = await keys();
  return ok({ json: JSON.stringify({ key: publicKey }) });
}
