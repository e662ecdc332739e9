import { err, type Result } from '../../../core/result.ts';
import type { Caller } from '../authenticate.ts';
import type { ApiRequest } from '../http.ts';
import type { ApiData, ApiError } from '../reply.ts';
import { endToken, listTokens, makeToken } from './api-tokens.ts';
import { endEnrolment, listEnrolment, makeEnrolment } from './enrolment-tokens.ts';
import { endKey, listKeys } from './host-keys.ts';
import type { TokenPorts } from './ports.ts';

type Answer = Promise<Result<ApiData, ApiError>>;

/** What is done for a caller who may: `id` is the last segment of paths that have one. */
type Act = (request: ApiRequest, caller: Caller, ports: TokenPorts, id: string) => Answer;

/** By path (`*`: an id) and method. Who may is in `access.ts`. */
export const TOKEN_ENDPOINTS: Readonly<Record<string, Readonly<Record<string, Act>>>> = {
  '/api/v1/tokens': {
    GET: (_, caller, ports) => listTokens(caller, ports),
    POST: makeToken,
  },
  '/api/v1/tokens/*': { DELETE: (_, caller, ports, id) => endToken(id, caller, ports) },
  '/api/v1/enrolment-tokens': {
    GET: (_, __, ports) => listEnrolment(ports),
    POST: makeEnrolment,
  },
  '/api/v1/enrolment-tokens/*': {
    DELETE: (_, caller, ports, id) => endEnrolment(id, caller, ports),
  },
  '/api/v1/keys': { GET: ({ params }, _, ports) => listKeys(params, ports) },
  '/api/v1/keys/*': { DELETE: (_, caller, ports, id) => endKey(id, caller, ports) },
};

const PATH = /^(\/api\/v1\/(?:tokens|enrolment-tokens|keys))(?:\/([^/]+))?$/;

/** Is the path one of those that are answered here? */
export function isTokenPath(path: string): boolean {
  return PATH.test(path);
}

/** Answers a request that has been let in. Throws what the table throws. */
export async function answerTokens(request: ApiRequest, caller: Caller, ports: TokenPorts): Answer {
  const { method, path } = request;
  const [, list = '', id] = PATH.exec(path) ?? [];
  const acts = TOKEN_ENDPOINTS[id === undefined ? list : `${list}/*`] ?? {};
  const act = Object.hasOwn(acts, method) ? acts[method] : undefined;
  if (act !== undefined) return act(request, caller, ports, id ?? '');
  const allowed = Object.keys(acts);
  const message = `${method} is not ${allowed.join(' or ')}`;
  return err({ kind: 'not_allowed', message, allowed });
}
