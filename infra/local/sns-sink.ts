import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ok, type Result } from '../../core/result.ts';
import { closeServer, LOOPBACK, listen } from './listen.ts';
import { readBody } from './read-body.ts';
import { hideBehindSecretPath } from './secret-path.ts';
import {
  decodePublish,
  MAX_MESSAGE_BYTES,
  type PublishedMessage,
  type SnsError,
} from './sns-publish.ts';
import { answerSubscriptionAction, escapeXml } from './sns-subscriptions.ts';
import type { StartFailure } from './start-failure.ts';
import type { TopicBook } from './topic-book.ts';

/** One who gets every message. A rejection is answered as an SNS error, so the publisher retries. */
export interface Subscriber {
  readonly name: string;
  readonly deliver: (message: PublishedMessage) => Promise<void> | void;
}

/** SNS on this machine: what the SDK's PublishCommand says to it, subscribers get; a book keeps who is subscribed. */
export interface SnsSink {
  /** A secret: whoever knows it may send messages in our name. */
  readonly endpoint: string;
  readonly close: () => Promise<void>;
}

/** Each escaped byte of a form takes three. */
const MAX_FORM_BYTES = 3 * MAX_MESSAGE_BYTES + (64 << 10);
/** Messages a subscriber still has to get: a retry goes only to those who have not. */
const MAX_UNFINISHED = 1_000;
const CLOSE_GRACE_MS = 2_000;

/** Starts the sink on a free loopback port. Without a book nobody can be subscribed. */
export async function createSnsSink(
  subscribers: readonly Subscriber[],
  book?: TopicBook,
): Promise<Result<SnsSink, StartFailure>> {
  const deliver = createDelivery(subscribers);
  const server = createServer((request, response) => {
    void answer(request, response, deliver, book);
  });
  const path = hideBehindSecretPath(server);
  const port = await listen(server, 0);
  if (!port.ok) return port;
  return ok({
    endpoint: `http://${LOOPBACK}:${port.value}${path}`,
    close: () => closeServer(server, CLOSE_GRACE_MS),
  });
}

type Deliver = (message: PublishedMessage, contentKey: string) => Promise<SnsError | undefined>;

function createDelivery(subscribers: readonly Subscriber[]): Deliver {
  /** Who has had a message that others could not be given; by the message's content. */
  const unfinished = new Map<string, Set<string>>();
  return async (message, contentKey) => {
    const served = unfinished.get(contentKey) ?? new Set();
    const failures: string[] = [];
    for (const { name, deliver } of subscribers) {
      if (served.has(name)) continue;
      try {
        await deliver(message);
        served.add(name);
      } catch (error) {
        failures.push(`${name}: ${error instanceof Error ? error.message : error}`);
      }
    }
    unfinished.delete(contentKey);
    if (failures.length === 0) return undefined;
    unfinished.set(contentKey, served);
    const [oldest] = unfinished.keys();
    if (unfinished.size > MAX_UNFINISHED && oldest !== undefined) unfinished.delete(oldest);
    return { status: 500, code: 'InternalError', message: failures.join('; ') };
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  deliver: Deliver,
  book: TopicBook | undefined,
): Promise<void> {
  const requestId = randomUUID();
  const body = await readBody(request, MAX_FORM_BYTES);
  if (!body.ok) {
    if (body.error === 'aborted') return void response.destroy();
    return respond(response, 413, errorXml(TOO_LARGE, requestId));
  }
  const form = body.value.toString('utf8');
  const done = book && (await answerSubscriptionAction(new URLSearchParams(form), book));
  if (done !== undefined) {
    if (!done.ok) return respond(response, done.error.status, errorXml(done.error, requestId));
    return respond(response, 200, answerXml(done.value.action, done.value.result, requestId));
  }
  const message = decodePublish(new URLSearchParams(form), randomUUID());
  const failure = message.ok
    ? await deliver(message.value, createHash('sha256').update(form).digest('base64'))
    : message.error;
  if (failure !== undefined) return respond(response, failure.status, errorXml(failure, requestId));
  const messageId = message.ok ? message.value.messageId : '';
  const result = `<MessageId>${messageId}</MessageId>`;
  respond(response, 200, answerXml('Publish', result, requestId));
}

const TOO_LARGE: SnsError = {
  status: 413,
  code: 'InvalidParameter',
  message: 'Invalid parameter: Message too long',
};

function respond(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { 'content-type': 'text/xml; charset=utf-8' });
  response.end(xml);
}

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';

function answerXml(action: string, result: string | undefined, requestId: string): string {
  const inner = result === undefined ? '' : `<${action}Result>${result}</${action}Result>`;
  return `<${action}Response xmlns="${NAMESPACE}">${inner}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`;
}

function errorXml({ status, code, message }: SnsError, requestId: string): string {
  const type = status >= 500 ? 'Receiver' : 'Sender';
  return `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>${type}</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}
