import { mayAs, type Role } from '../../core/role.ts';
import { isoTime } from '../../core/time.ts';
import { accessTo } from './access.ts';
import type { Caller } from './authenticate.ts';
import type { ApiData } from './reply.ts';

export const WHO_AM_I_PATH = '/api/v1/whoami';

/** What pages offer or not, and what that takes. */
const ACTS: Readonly<Record<string, readonly [method: string, path: string]>> = {
  silence: ['POST', '/api/v2/silences'],
  acknowledge: ['POST', '/v1/acknowledgements'],
  readAudit: ['GET', '/api/v1/audit'],
  makeEnrolmentTokens: ['POST', '/api/v1/enrolment-tokens'],
};

/** `GET /api/v1/whoami`: who asks, in which role, and what that allows; until when, if it ends. */
export function whoAmI({ name, role, kind, endsAtMs, token }: Caller): ApiData {
  const may = Object.entries(ACTS).map(([act, [method, path]]): [string, boolean] => [
    act,
    mayAs(role, neededFor(method, path)),
  ]);
  const untilMs = endsAtMs ?? token?.endsAtMs;
  const until = untilMs === undefined ? {} : { until: isoTime(untilMs) };
  return { json: JSON.stringify({ name, role, kind, may: Object.fromEntries(may), ...until }) };
}

function neededFor(method: string, path: string): Role {
  return accessTo(method, path).role;
}
