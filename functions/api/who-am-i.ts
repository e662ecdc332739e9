import { isoTime } from '../../core/time.ts';
import { authorize, type Caller, personOf } from './authenticate.ts';
import type { ApiData } from './reply.ts';

export const WHO_AM_I_PATH = '/api/v1/whoami';

/** What pages offer or not, by the request that it takes. */
const ACTS: Readonly<Record<string, readonly [method: string, path: string]>> = {
  silence: ['POST', '/api/v2/silences'],
  acknowledge: ['POST', '/v1/acknowledgements'],
  editRules: ['PUT', '/api/v1/rules/files/x.rules.yaml'],
  makeTokens: ['POST', '/api/v1/tokens'],
  readAudit: ['GET', '/api/v1/audit'],
  makeEnrolmentTokens: ['POST', '/api/v1/enrolment-tokens'],
  listKeys: ['GET', '/api/v1/keys'],
  seeSubscriptions: ['GET', '/api/v1/subscriptions'],
  addSubscriptions: ['POST', '/api/v1/subscriptions'],
  testTopics: ['POST', '/api/v1/topics/critical/test'],
  subscribeBrowser: ['POST', '/api/v1/push/subscriptions'],
};

/**
 * `GET /api/v1/whoami`: who asks, in which role, and what that allows; until when, if it ends; and the person, unless
 * it is a service. Which `dashboard` is deployed tells pages that are open whether they are of an older one.
 */
export function whoAmI(caller: Caller, dashboard: string | undefined): ApiData {
  const { name, role, kind, endsAtMs, token } = caller;
  const may = Object.entries(ACTS).map(([act, [method, path]]): [string, boolean] => [
    act,
    authorize(caller, { method, path }).ok,
  ]);
  const untilMs = endsAtMs ?? token?.endsAtMs;
  const until = untilMs === undefined ? {} : { until: isoTime(untilMs) };
  const owner = personOf(caller);
  const person = owner === undefined ? {} : { person: owner };
  const deployed = dashboard === undefined ? {} : { dashboard };
  const who = { name, role, kind, may: Object.fromEntries(may), ...until, ...person, ...deployed };
  return { json: JSON.stringify(who) };
}
