import * as v from 'valibot';
import { err, ok, type Result } from '../../core/result.ts';
import type { ApiRequest } from './http.ts';
import type { ApiData, ApiError } from './reply.ts';
import { readParameter } from './sign-in/settings.ts';

export const INSTALL_SETTINGS = {
  /** Where agents post, and are installed from. Absent: `INSTALL_URL_PARAMETER` names it. */
  INSTALL_URL: v.optional(v.pipe(v.string(), v.url())),
  /** The parameter that holds it: on AWS it is made after this function. */
  INSTALL_URL_PARAMETER: v.optional(v.pipe(v.string(), v.nonEmpty())),
};

const INSTALL_PATH = '/api/v1/install';

/** `GET /api/v1/install`: from where hosts install the agent; `undefined`: another path. */
export type AnswerInstall = (
  request: Pick<ApiRequest, 'method' | 'path'>,
) => Promise<Result<ApiData, ApiError>> | undefined;

/** A parameter is asked once for a warm function; what can't be read is asked again. */
export function createInstallAddress(
  settings: v.InferOutput<v.ObjectSchema<typeof INSTALL_SETTINGS, undefined>>,
  externalUrl: string | undefined,
): AnswerInstall {
  const { INSTALL_URL, INSTALL_URL_PARAMETER } = settings;
  let known = INSTALL_URL ?? (INSTALL_URL_PARAMETER === undefined ? externalUrl : undefined);
  const find = async () => {
    if (known === undefined && INSTALL_URL_PARAMETER !== undefined)
      known = await readParameter(INSTALL_URL_PARAMETER);
    return known?.replace(/\/+$/, '');
  };
  return ({ method, path }) => {
    if (path !== INSTALL_PATH) return undefined;
    if (method !== 'GET') return Promise.resolve(notAllowed(method));
    return find().then(
      (url) => (url === undefined ? unknown() : ok({ json: JSON.stringify({ url }) })),
      () =>
        err({ kind: 'unavailable', message: "where hosts install from can't be read just now" }),
    );
  };
}

function unknown(): Result<never, ApiError> {
  return err({ kind: 'not_found', message: 'nobody told this API where hosts install from' });
}

function notAllowed(method: string): Result<never, ApiError> {
  return err({ kind: 'not_allowed', message: `${method} is not GET`, allowed: ['GET'] });
}
