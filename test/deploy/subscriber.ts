import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as v from 'valibot';

const Delivery = v.variant('Type', [
  v.object({ Type: v.literal('SubscriptionConfirmation'), SubscribeURL: v.string() }),
  v.object({ Type: v.literal('Notification'), Subject: v.string(), Message: v.string() }),
]);

/** What a topic delivered. */
export interface Message {
  readonly subject: string;
  readonly body: string;
}

/** A web address that confirms SNS subscriptions and keeps what is delivered, in order. */
export interface Subscriber {
  readonly url: string;
  /** The first message, now or in future, that satisfies a condition. */
  readonly received: (wanted: (message: Message) => boolean) => Promise<Message>;
  readonly stop: () => Promise<void>;
}

export async function startSubscriber(): Promise<Subscriber> {
  const messages: Message[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    void (async () => {
      const delivery = v.parse(Delivery, JSON.parse(await text(request)));
      if (delivery.Type === 'SubscriptionConfirmation') await fetch(delivery.SubscribeURL);
      else messages.push({ subject: delivery.Subject, body: delivery.Message });
      response.end();
      for (const look of waiting) look();
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const received: Subscriber['received'] = (wanted) =>
    new Promise((resolve) => {
      const look = () => {
        const message = messages.find(wanted);
        if (message === undefined) return;
        waiting.delete(look);
        resolve(message);
      };
      waiting.add(look);
      look();
    });
  return {
    url: `http://127.0.0.1:${port}/`,
    received,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
