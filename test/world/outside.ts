import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeServer, LOOPBACK, listen } from '../../infra/local/listen.ts';
import { LOCAL_TOPICS } from '../../infra/local/local-topics.ts';
import type { PublishedMessage } from '../../infra/local/sns-publish.ts';
import { createSnsSink } from '../../infra/local/sns-sink.ts';
import { type LocalSubscription, openTopicBook } from '../../infra/local/topic-book.ts';
import { uuidOf } from './noise.ts';

/** What is around a deployment: SNS, and a chat that takes messages. */
export interface Outside {
  readonly snsEndpoint: string;
  readonly chatUrl: string;
  /** What was published, the oldest first. */
  readonly messages: PublishedMessage[];
  readonly close: () => Promise<void>;
}

/** Of the chat's answers every third is an error: a delivery is tried again. */
const CHAT_FAILS_EVERY = 3;
const CLOSE_GRACE_MS = 1000;

/** Who hears of which topic from the beginning. */
const SUBSCRIBED: readonly LocalSubscription[] = [
  subscribed(LOCAL_TOPICS.TOPIC_ARN_CRITICAL, 'email', 'on-call@example.com'),
  subscribed(LOCAL_TOPICS.TOPIC_ARN_CRITICAL, 'sms', '+4915112345678'),
  subscribed(LOCAL_TOPICS.TOPIC_ARN_WARNING, 'email', 'operations@example.com'),
];

function subscribed(
  topicArn: string,
  protocol: LocalSubscription['protocol'],
  endpoint: string,
): LocalSubscription {
  return { arn: `${topicArn}:${uuidOf(endpoint)}`, topicArn, protocol, endpoint };
}

export async function startOutside(): Promise<Outside> {
  const messages: PublishedMessage[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'hypervigil-world-'));
  const book = openTopicBook(join(folder, 'subscriptions.json'), SUBSCRIBED);
  if (!book.ok) throw new Error(book.error.message);
  const subscriber = {
    name: 'world',
    deliver: (message: PublishedMessage) => void messages.push(message),
  };
  const sink = await createSnsSink([subscriber], book.value);
  if (!sink.ok) throw new Error(sink.error.message);
  let asked = 0;
  const chat = createServer((request, response) => {
    request.resume();
    response.writeHead(asked++ % CHAT_FAILS_EVERY === 1 ? 503 : 200).end('{}');
  });
  const port = await listen(chat, 0);
  if (!port.ok) throw new Error(port.error.message);
  return {
    snsEndpoint: sink.value.endpoint,
    chatUrl: `http://${LOOPBACK}:${port.value}/hooks/operations`,
    messages,
    close: async () => {
      await sink.value.close();
      await closeServer(chat, CLOSE_GRACE_MS);
      await rm(folder, { recursive: true });
    },
  };
}
