import {
  PublishCommand,
  SNSClient,
  type SNSClientConfig,
  SNSServiceException,
} from '@aws-sdk/client-sns';
import type { SnsDelivery } from '../../core/delivery/request.ts';
import { type DeliveryResult, failure } from './delivery-result.ts';
import { checkedUrl } from './egress.ts';
import type { Pace } from './pace.ts';

/** SNS answers in some 30 ms; these three are within one publish, the outbox has its own. */
const MAX_ATTEMPTS = 3;
const PUBLISH_TIMEOUT_MS = 20_000;
const CLIENTS_MAX = 50; // one per region and endpoint that the configuration names

export type PublishSns = (delivery: SnsDelivery, signal?: AbortSignal) => Promise<DeliveryResult>;

/** Publishes to SNS at the pace given, with `defaults` for the client; never rejects. */
export function createSnsDelivery(
  defaults: SNSClientConfig,
  pace: Pace,
  allowLinkLocal: boolean,
): PublishSns {
  const clients = new Map<string, SNSClient>();
  return async (delivery, signal) => {
    const { apiUrl, input } = delivery;
    const endpoint = apiUrl === undefined ? undefined : checkedUrl(apiUrl, allowLinkLocal);
    if (endpoint !== undefined && !endpoint.ok) return failure(`api_url: ${endpoint.error}`, false);
    try {
      const waitMs = await pace(keyOf(delivery), signal);
      if (waitMs > 0)
        return { ...failure('too many messages at once', true), retryAfterMs: waitMs };
      const timeout = AbortSignal.timeout(PUBLISH_TIMEOUT_MS);
      const client = clientFor(clients, delivery, defaults);
      const abortSignal = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
      const answer = await client.send(
        new PublishCommand({ ...input, MessageAttributes: { ...input.MessageAttributes } }),
        { abortSignal },
      );
      return answer.MessageId === undefined ? { ok: true } : { ok: true, answer: answer.MessageId };
    } catch (problem) {
      if (signal?.aborted) return failure('SNS: stopped before it answered', true);
      return classified(problem);
    }
  };
}

/** SNS switches an email subscription off that gets too much, so a topic has its own pace. */
function keyOf({ input: { TopicArn, TargetArn, PhoneNumber } }: SnsDelivery): string {
  return TopicArn ?? TargetArn ?? PhoneNumber ?? '';
}

function clientFor(
  clients: Map<string, SNSClient>,
  delivery: SnsDelivery,
  defaults: SNSClientConfig,
): SNSClient {
  const { apiUrl, input } = delivery;
  // A topic is only reached in its own region.
  const region = delivery.region ?? regionOf(input.TopicArn ?? input.TargetArn);
  const key = `${region} ${apiUrl}`;
  const known = clients.get(key);
  if (known !== undefined) return known;
  const [oldest] = clients.keys();
  if (clients.size >= CLIENTS_MAX && oldest !== undefined) {
    clients.get(oldest)?.destroy();
    clients.delete(oldest);
  }
  const client = new SNSClient({
    maxAttempts: MAX_ATTEMPTS,
    ...defaults,
    ...(region === undefined ? {} : { region }),
    ...(apiUrl === undefined ? {} : { endpoint: apiUrl }),
  });
  clients.set(key, client);
  return client;
}

/** `arn:aws:sns:eu-west-1:123456789012:topic` */
function regionOf(arn: string | undefined): string | undefined {
  return arn?.split(':')[3] || undefined;
}

/** Refusals that no later attempt changes until somebody changes something. */
const PERMANENT = new Set([
  'InvalidParameter',
  'InvalidParameterValue',
  'ParameterValueInvalid',
  'Validation',
  'ValidationError',
  'NotFound',
  'AuthorizationError',
  'AccessDenied',
  'EndpointDisabled',
  'PlatformApplicationDisabled',
  'OptedOut',
  'UserError',
  'InvalidSecurity',
]);

const THROTTLED = new Set(['Throttled', 'Throttling', 'KMSThrottling', 'RequestLimitExceeded']);

/** Credentials that ran out or are not known yet: by the next attempt there may be others. */
const RENEWED = new Set([
  'ExpiredToken',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'UnrecognizedClient',
  'InvalidClientTokenId',
  'MissingAuthenticationToken',
]);

function classified(problem: unknown): DeliveryResult {
  if (!(problem instanceof SNSServiceException))
    return failure(
      `SNS: ${problem instanceof Error ? problem.message || problem.name : problem}`,
      true,
    );
  const code = problem.name.replace(/Exception$/, '');
  const status = problem.$metadata.httpStatusCode ?? 0;
  const passing = THROTTLED.has(code) || RENEWED.has(code) || status === 429;
  const permanent = PERMANENT.has(code) || (status >= 400 && status < 500);
  return failure(`SNS: ${code}: ${problem.message}`.slice(0, 300), passing || !permanent);
}
