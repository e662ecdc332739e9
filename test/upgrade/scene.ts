import { createHash } from 'node:crypto';
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { MINUTE_MS, minuteStartMs } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { DAY_MS } from '../../core/time.ts';
import { startTarget, type Target } from '../notify/target.ts';

/** What both those who make fixtures and those who read them know of the fleet in them. */

/** The hour that is rolled up, and the one in which the alerts begin. */
export const FIRST_HOUR_MS = Date.UTC(2026, 2, 1, 10);
export const NOON_MS = Date.UTC(2026, 2, 1, 12);
/** The time at which a fixture's table was left. */
export const LEFT_MS = NOON_MS + 9 * MINUTE_MS;

export const VM = { vm: 'mail', uuid: '11111111-2222-4333-8444-000000000001' };
/** Somebody is signed in. */
export const SESSION = {
  hash: 'hash-of-the-id-in-a-browser',
  revision: 0,
  sub: '11111111-2222-4333-8444-555555555555',
  name: 'ada@example.org',
  role: 'operator' as const,
  beganAtMs: FIRST_HOUR_MS,
  renewedAtMs: FIRST_HOUR_MS,
  endsAtMs: FIRST_HOUR_MS + DAY_MS,
  sealed: 'sealed',
};
/** Of push messages; nobody has the private key any more. */
export const PUSH_KEYS = { publicKey: 'public', privateKey: 'private' };
/** A browser that hears of what does not fire here. */
export const BROWSER = {
  id: 'push-0123456789abcdef',
  endpoint: 'https://push.example.org/1',
  p256dh: 'key',
  auth: 'secret',
  severities: ['info' as const],
  language: 'en' as const,
  browser: 'Firefox on Linux',
  owner: 'ada@example.org',
  person: 'ada@example.org',
  tokenId: 'token-1a2b3c4d5e6f',
  createdAtMs: NOON_MS,
  endsAtMs: FIRST_HOUR_MS + 30 * DAY_MS,
};
/** An address that was added over the API. */
export const ADDED = {
  id: 'sub-0123456789abcdef',
  revision: 0,
  topic: 'critical',
  protocol: 'email',
  address: 'ada@example.org',
  by: 'ada@example.org',
  addedAtMs: NOON_MS,
  sentAtMs: NOON_MS,
};
/** So many that the evaluator's state does not fit its head. */
export const OTHER_VMS = Array.from({ length: 40 }, (_, i) => ({ vm: `vm-${i}`, uuid: uuidOf(i) }));
export const SENDER = 'prometheus';
/** Too hot since noon and told; the same, but silenced; warm since noon, and not for long enough yet; well. */
export const [HOT, SILENCED, WARM, WELL] = ['web-1', 'web-2', 'db-1', 'kvm-1'] as const;
export const HOSTS = [HOT, SILENCED, WARM, WELL];

const LOADS: Readonly<Record<string, number>> = { [HOT]: 9, [SILENCED]: 9, [WARM]: 7, [WELL]: 1 };

function uuidOf(i: number): string {
  const hex = createHash('sha256').update(`vm-${i}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-8${hex.slice(15, 18)}-${hex.slice(18, 30)}`;
}

/** A host's load at a time. */
function loadAt(host: string, atMs: number): number {
  return atMs < NOON_MS ? 1 : (LOADS[host] ?? 1);
}

/** The minute of a host as it posts it: two samples of each series. */
export function seriesOf(host: string, minute: number, load?: number): Series[] {
  const startMs = minuteStartMs(host, minute);
  const timestamps = Float64Array.of(startMs, startMs + MINUTE_MS / 2);
  const value = (labels: Record<string, string>, of: (atMs: number) => number): Series => ({
    labels: labelsFrom({ ...labels, host }),
    timestamps,
    values: timestamps.map(of),
  });
  const own = [
    value({ __name__: 'host_load1' }, (atMs) => load ?? loadAt(host, atMs)),
    value({ __name__: 'host_info', os: 'Debian GNU/Linux 12', boot: `boot-of-${host}` }, () => 1),
    value({ __name__: 'hypervigil_agent_batch_interval_seconds' }, () => 60),
  ];
  if (host !== WELL) return own;
  const ofVms = [VM, ...OTHER_VMS].flatMap((vm) => [
    value({ __name__: 'vm_up', ...vm }, () => 1),
    value({ __name__: 'vm_state', reason: 'booted', ...vm }, () => 1),
  ]);
  return [...own, ...ofVms, value({ __name__: 'vm_cpu_usage_percent', ...VM }, () => 12.5)];
}

/** A POST to a Function URL. */
export function postEvent(
  path: string,
  secret: string,
  mediaType: string,
  body: Uint8Array | string,
): LambdaFunctionURLEvent {
  const rest: Partial<LambdaFunctionURLEvent> = {};
  return {
    version: '2.0',
    rawPath: path,
    rawQueryString: '',
    headers: { authorization: `Bearer ${secret}`, 'content-type': mediaType },
    requestContext: { http: { method: 'POST', sourceIp: '192.0.2.1' } },
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
    ...rest,
  } as LambdaFunctionURLEvent;
}

/** Status and body of an answer. */
export function answered(result: LambdaFunctionURLResult): { status: number; body: string } {
  if (typeof result === 'string') throw new Error(result);
  const { statusCode: status = 0, body = '', isBase64Encoded } = result;
  return { status, body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8').toString('utf8') };
}

const PUBLISHED =
  '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>';

/** An SNS that takes everything. */
export function startSns(): Promise<Target> {
  const headers = { 'content-type': 'text/xml' };
  return startTarget(() => ({ status: 200, headers, body: PUBLISHED }));
}

/** The subject of each message that an SNS was sent. */
export function subjects({ seen }: Target): string[] {
  return seen.map(({ body }) => new URLSearchParams(body).get('Subject') ?? '');
}

/** What each function of a deployment is told. */
export function environmentOf(
  endpoint: string,
  sns: Target,
  rulesDir: string,
): Readonly<Record<string, string>> {
  return {
    TABLE_NAME: 'test',
    DYNAMODB_ENDPOINT: endpoint,
    SNS_ENDPOINT: sns.url,
    RULES_DIR: rulesDir,
    TOPIC_ARN_CRITICAL: 'arn:aws:sns:local:000000000000:critical',
    TOPIC_ARN_WARNING: 'arn:aws:sns:local:000000000000:warning',
    TOPIC_ARN_INFO: 'arn:aws:sns:local:000000000000:info',
  };
}
