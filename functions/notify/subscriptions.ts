import type { SNSClient, SNSClientConfig, SNSServiceException } from '@aws-sdk/client-sns';
import { err, ok, type Result } from '../../core/result.ts';

/** Somebody who is subscribed to a topic. */
export interface TopicSubscription {
  /** As SNS names it: `email`, `sms`, `https`, `application` ... */
  readonly protocol: string;
  readonly address: string;
  /** Absent while it waits to be confirmed: then nothing can be done to it. */
  readonly arn?: string;
}

/** Why SNS did not do it, in words for a person; `isPassing`: the same may be done later. */
export interface SnsRefusal {
  readonly reason: string;
  readonly isPassing: boolean;
}

/** A plain message to all of a topic. */
export interface TestMessage {
  readonly subject: string;
  readonly email: string;
  readonly sms: string;
  /** For programs. */
  readonly json: string;
}

/** SNS' subscriptions of topics. What SNS refuses is told as such; nothing is thrown. */
export interface TopicSubscriptions {
  readonly list: (topicArn: string) => Promise<Result<readonly TopicSubscription[], SnsRefusal>>;
  /** Of an address that was asked and has not agreed, this sends another confirmation. */
  readonly subscribe: (
    topicArn: string,
    protocol: string,
    address: string,
  ) => Promise<Result<void, SnsRefusal>>;
  readonly unsubscribe: (subscriptionArn: string) => Promise<Result<void, SnsRefusal>>;
  readonly publish: (topicArn: string, message: TestMessage) => Promise<Result<void, SnsRefusal>>;
}

const MAX_ATTEMPTS = 3;
const TIMEOUT_MS = 8000;
/** A page has 100; who has more than 1,000 sees the first. */
const PAGES_MAX = 10;

export function createTopicSubscriptions(config: SNSClientConfig): TopicSubscriptions {
  let opened: Promise<{ readonly sdk: Sdk; readonly client: SNSClient }> | undefined;
  const sns = () => {
    opened ??= openSns(config);
    return opened;
  };
  const options = () => ({ abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
  return {
    list: (TopicArn) => asked(async () => listAll(await sns(), TopicArn, options)),
    subscribe: (TopicArn, Protocol, Endpoint) =>
      asked(async () => {
        const { sdk, client } = await sns();
        await client.send(new sdk.SubscribeCommand({ TopicArn, Protocol, Endpoint }), options());
      }),
    unsubscribe: (SubscriptionArn) =>
      asked(async () => {
        const { sdk, client } = await sns();
        await client.send(new sdk.UnsubscribeCommand({ SubscriptionArn }), options());
      }),
    publish: (TopicArn, { subject, email, sms, json }) =>
      asked(async () => {
        const { sdk, client } = await sns();
        const Message = JSON.stringify({ default: json, email, sms });
        const input = { TopicArn, Subject: subject, MessageStructure: 'json', Message };
        await client.send(new sdk.PublishCommand(input), options());
      }),
  };
}

type Sdk = typeof import('./sns-calls.ts')['SNS_CALLS'];

/** Loaded when somebody asks who is subscribed: most that the API is asked needs none of it. */
async function openSns(config: SNSClientConfig) {
  const { SNS_CALLS: sdk } = await import('./sns-calls.ts');
  return { sdk, client: new sdk.SNSClient({ maxAttempts: MAX_ATTEMPTS, ...config }) };
}

async function listAll(
  { sdk, client }: { readonly sdk: Sdk; readonly client: SNSClient },
  TopicArn: string,
  options: () => { abortSignal: AbortSignal },
): Promise<readonly TopicSubscription[]> {
  const found: TopicSubscription[] = [];
  let from: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const input = { TopicArn, ...(from === undefined ? {} : { NextToken: from }) };
    const answer = await client.send(new sdk.ListSubscriptionsByTopicCommand(input), options());
    for (const { Protocol = '?', Endpoint = '?', SubscriptionArn } of answer.Subscriptions ?? [])
      found.push({
        protocol: Protocol,
        address: Endpoint,
        // Else it is a word: "PendingConfirmation".
        ...(SubscriptionArn?.startsWith('arn:') ? { arn: SubscriptionArn } : {}),
      });
    from = answer.NextToken;
    if (from === undefined || from === '') return found;
  }
  return found;
}

async function asked<T>(ask: () => Promise<T>): Promise<Result<T, SnsRefusal>> {
  try {
    return ok(await ask());
  } catch (problem) {
    if (!isRefusal(problem)) {
      const reason = problem instanceof Error ? problem.message || problem.name : String(problem);
      return err({ reason: `SNS: ${reason}`, isPassing: true });
    }
    const status = problem.$metadata.httpStatusCode ?? 0;
    const code = problem.name.replace(/Exception$/, '');
    const isPassing = status >= 500 || status === 429 || /Thrott|LimitExceeded/.test(code);
    return err({ reason: `SNS: ${code}: ${problem.message}`.slice(0, 300), isPassing });
  }
}

/** An answer of SNS, not a failure to reach it. */
function isRefusal(problem: unknown): problem is SNSServiceException {
  return problem instanceof Error && '$metadata' in problem && '$fault' in problem;
}
