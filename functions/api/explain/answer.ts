import { err, type Result } from '../../../core/result.ts';
import type { ApiRequest } from '../http.ts';
import type { ApiData, ApiError } from '../reply.ts';
import { alertBoard } from './board.ts';
import { explainAlert } from './explain.ts';
import { alertHistory } from './history.ts';
import type { ExplainPorts } from './ports.ts';

type Answer = (params: URLSearchParams, ports: ExplainPorts) => Promise<Result<ApiData, ApiError>>;

/** Every endpoint that tells of alerts, all by GET. */
export const EXPLAIN_ENDPOINTS: ReadonlyMap<string, Answer> = new Map([
  ['/api/v1/alerts/board', alertBoard],
  ['/api/v1/alerts/explain', explainAlert],
  ['/api/v1/alerts/history', alertHistory],
]);

/** Answers a request that has been let in; `undefined`: it is not for here. */
export function answerExplain(
  { path, method, params }: Pick<ApiRequest, 'path' | 'method' | 'params'>,
  ports: ExplainPorts,
): Promise<Result<ApiData, ApiError>> | undefined {
  const answer = EXPLAIN_ENDPOINTS.get(path);
  if (answer === undefined) return undefined;
  if (method === 'GET' || method === 'HEAD') return answer(params, ports);
  const message = `${method} is not GET`;
  return Promise.resolve(err({ kind: 'not_allowed', message, allowed: ['GET'] }));
}
