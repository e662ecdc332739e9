import * as v from 'valibot';
import type { SubscriptionTopic } from '../../core/answers/subscriptions.ts';
import type { RateLimit } from '../../core/rate-limit.ts';
import type { Result } from '../../core/result.ts';
import { createLimiter } from '../ingest/limiter.ts';
import { newPushKeys } from '../notify/push-service.ts';
import { createTopicSubscriptions } from '../notify/subscriptions.ts';
import type { AuditLog } from '../store/audit-log.ts';
import type { Table } from '../store/dynamo.ts';
import { keepPushKeys, readPushKeys } from '../store/push-keys.ts';
import { createPushSubscriptions } from '../store/push-subscriptions.ts';
import { createSubscriptionNotes } from '../store/subscription-notes.ts';
import type { Caller } from './authenticate.ts';
import type { ApiRequest } from './http.ts';
import { answerPush, isPushPath } from './push/answer.ts';
import type { ApiData, ApiError } from './reply.ts';
import { answerSubscriptions, isSubscriptionPath } from './subscriptions/answer.ts';

/** What the API needs to know of who is told of alerts, beside the topics of each severity. */
export const TOLD_SETTINGS = {
  /** Where CloudWatch says that Hypervigil is unwell. Absent: on one machine, where nobody does. */
  TOPIC_ARN_OPERATIONS: v.optional(v.pipe(v.string(), v.nonEmpty())),
  /** Only for a local or test SNS. */
  SNS_ENDPOINT: v.optional(v.pipe(v.string(), v.url())),
  /** On one machine: is there a mail server? Absent: SNS delivers. */
  LOCAL_MAIL: v.optional(v.picklist(['mail', 'no-mail'])),
  /** Only for a local or test push service: an origin that may be internal, and without TLS. */
  PUSH_SERVICE_ORIGIN: v.optional(v.pipe(v.string(), v.url())),
};

type ToldSettings = v.InferOutput<v.ObjectSchema<typeof TOLD_SETTINGS, undefined>> & {
  readonly TOPIC_ARN_CRITICAL: string;
  readonly TOPIC_ARN_WARNING: string;
  readonly TOPIC_ARN_INFO: string;
};

/** Of one browser, in one warm function. */
const PUSH_TEST_LIMIT: RateLimit = { burst: 5, perSecond: 1 / 10 };

/** Answers what is asked of subscriptions and browsers; `undefined`: the path is none of theirs. */
export type AnswerTold = (
  request: ApiRequest,
  caller: Caller,
  externalUrl: string,
) => Promise<Result<ApiData, ApiError>> | undefined;

export function createTold(
  table: Table,
  settings: ToldSettings,
  audit: Pick<AuditLog, 'record'>,
  nowMs: () => number,
): AnswerTold {
  const { SNS_ENDPOINT, LOCAL_MAIL, PUSH_SERVICE_ORIGIN } = settings;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const sns = createTopicSubscriptions(
    SNS_ENDPOINT === undefined ? {} : { endpoint: SNS_ENDPOINT, region: 'local', credentials },
  );
  const ofTopics = {
    sns,
    topics: topicsOf(settings),
    notes: createSubscriptionNotes(table),
    delivery: LOCAL_MAIL ?? ('aws' as const),
    audit,
    nowMs,
  };
  const ofBrowsers = {
    subscriptions: createPushSubscriptions(table),
    keys: async () => (await readPushKeys(table)) ?? keepPushKeys(table, await newPushKeys()),
    localOrigin: PUSH_SERVICE_ORIGIN,
    audit,
    nowMs,
    testLimit: createLimiter(PUSH_TEST_LIMIT),
  };
  return (request, caller, externalUrl) => {
    if (isPushPath(request.path))
      return answerPush(request, caller, { ...ofBrowsers, externalUrl });
    if (isSubscriptionPath(request.path))
      return answerSubscriptions(request, caller, { ...ofTopics, externalUrl });
    return undefined;
  };
}

function topicsOf(settings: ToldSettings): ReadonlyMap<SubscriptionTopic, string> {
  const { TOPIC_ARN_OPERATIONS } = settings;
  return new Map<SubscriptionTopic, string>([
    ['critical', settings.TOPIC_ARN_CRITICAL],
    ['warning', settings.TOPIC_ARN_WARNING],
    ['info', settings.TOPIC_ARN_INFO],
    ...(TOPIC_ARN_OPERATIONS === undefined
      ? []
      : [['operations', TOPIC_ARN_OPERATIONS] satisfies [SubscriptionTopic, string]]),
  ]);
}
