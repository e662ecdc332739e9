import { createServer } from 'node:http';
import { closeServer, LOOPBACK, listen } from '../../infra/local/listen.ts';
import type { PublishedMessage } from '../../infra/local/sns-publish.ts';
import { createSnsSink } from '../../infra/local/sns-sink.ts';

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

export async function startOutside(): Promise<Outside> {
  const messages: PublishedMessage[] = [];
  const sink = await createSnsSink([
    { name: 'world', deliver: (message) => void messages.push(message) },
  ]);
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
    },
  };
}
