import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { err, ok, type Result } from '../../../core/result.ts';
import type { Caller } from '../authenticate.ts';
import { type ApiRequest, errorReply, reply } from '../http.ts';
import type { ApiError } from '../reply.ts';
import { backtest } from './backtest.ts';
import { checkFile } from './check.ts';
import { exportAll } from './export.ts';
import { getFile, getVersion, listFiles, listVersions } from './files.ts';
import type { RulesEditPorts } from './ports.ts';
import { deleteFile, putFile, rollBack } from './save.ts';

type Answer = Promise<Result<unknown, ApiError>>;

/** What is done for a caller who may; `names` are the segments that `*` stands for. */
type Act = (
  request: ApiRequest,
  caller: Caller,
  ports: RulesEditPorts,
  names: readonly [file: string, version: string],
) => Answer;

const FILES = '/api/v1/rules/files';

/** By path (`*`: a file's name, a version) and method. Who may is in `access.ts`. */
export const RULE_FILE_ENDPOINTS: Readonly<Record<string, Readonly<Record<string, Act>>>> = {
  [FILES]: { GET: async (_, __, ports) => ok(await listFiles(ports)) },
  [`${FILES}/*`]: {
    GET: (_, __, ports, [file]) => getFile(ports, file),
    PUT: (request, caller, ports, [file]) => putFile(request, caller, ports, file),
    DELETE: (request, caller, ports, [file]) => deleteFile(request, caller, ports, file),
  },
  [`${FILES}/*/versions`]: { GET: (_, __, ports, [file]) => listVersions(ports, file) },
  [`${FILES}/*/versions/*`]: {
    GET: (_, __, ports, [file, version]) => getVersion(ports, file, version),
  },
  [`${FILES}/*/rollback`]: {
    POST: (request, caller, ports, [file]) => rollBack(request, caller, ports, file),
  },
  '/api/v1/rules/check': { POST: async (request) => checkFile(request) },
  '/api/v1/rules/backtest': { POST: (request, _, ports) => backtest(request, ports) },
};

const EXPORT_PATH = '/api/v1/rules/export';

/** Is the path one of those that are answered here? */
export function isRulesEditPath(path: string): boolean {
  return path.startsWith('/api/v1/rules/');
}

/** Answers a request that has been let in. Throws what the table throws. */
export async function answerRulesEdit(
  event: LambdaFunctionURLEvent,
  request: ApiRequest,
  caller: Caller,
  ports: RulesEditPorts,
): Promise<LambdaFunctionURLResult> {
  const { method, path } = request;
  if (path === EXPORT_PATH && method === 'GET') return yamlReply(await exportAll(ports));
  const found = endpointAt(path);
  if (found === undefined) return errorReply({ kind: 'not_found', message: `nothing at ${path}` });
  const { acts, names } = found;
  const act = Object.hasOwn(acts, method) ? acts[method] : undefined;
  if (act === undefined) {
    const allowed = Object.keys(acts);
    const message = `${method} is not ${allowed.join(' or ')}`;
    return errorReply({ kind: 'not_allowed', message, allowed });
  }
  const answer = await act(request, caller, ports, names);
  return reply(event, answer.ok ? ok({ json: JSON.stringify(answer.value) }) : err(answer.error));
}

function endpointAt(path: string) {
  const segments = path.split('/');
  for (const [template, acts] of [
    ...Object.entries(RULE_FILE_ENDPOINTS),
    [EXPORT_PATH, { GET: undefined }] as const,
  ]) {
    const wanted = template.split('/');
    const fits =
      wanted.length === segments.length &&
      wanted.every((one, i) => one === segments[i] || (one === '*' && segments[i]));
    if (!fits) continue;
    const [file = '', version = ''] = segments.filter((_, i) => wanted[i] === '*');
    return {
      acts: acts as Readonly<Record<string, Act | undefined>>,
      names: [file, version] as const,
    };
  }
  return undefined;
}

/** To be kept as a file. */
function yamlReply(text: string): LambdaFunctionURLResult {
  return {
    statusCode: 200,
    headers: {
      'content-type': 'application/yaml; charset=utf-8',
      'content-disposition': 'attachment; filename="hypervigil.rules.yaml"',
    },
    body: text,
  };
}
