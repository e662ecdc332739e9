import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import type { Cloud } from './cloud.ts';

const Envelope = v.object({
  Type: v.literal('Notification'),
  Subject: v.string(),
  /** What programs get of a message. */
  Message: v.pipe(
    v.string(),
    v.parseJson(),
    v.looseObject({
      status: v.picklist(['firing', 'resolved']),
      alerts: v.array(
        v.looseObject({
          status: v.picklist(['firing', 'resolved']),
          labels: v.record(v.string(), v.string()),
        }),
      ),
    }),
  ),
});

/** A message of a topic, as a queue has it. */
export type Told = v.InferOutput<typeof Envelope>['Message'] & { readonly subject: string };

/** A queue that is subscribed to a topic, as a program of a user's would be told. */
export class ToldQueue {
  readonly #client: SQSClient;
  readonly #url: string;
  /** All that has been received so far, the oldest first. */
  readonly messages: Told[] = [];

  private constructor(client: SQSClient, url: string) {
    this.#client = client;
    this.#url = url;
  }

  static async subscribe(cloud: Cloud, topicArn: string, name: string): Promise<ToldQueue> {
    const client = new SQSClient(cloud.client);
    const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: name }));
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    await new SNSClient(cloud.client).send(
      new SubscribeCommand({
        TopicArn: topicArn,
        Protocol: 'sqs',
        Endpoint: Attributes?.['QueueArn'],
      }),
    );
    return new ToldQueue(client, QueueUrl);
  }

  /** The first message, now or within a time, of which something is so; throws after it. */
  async received(wanted: (message: Told) => boolean, withinMs = 150_000): Promise<Told> {
    const deadlineMs = performance.now() + withinMs;
    for (;;) {
      const found = this.messages.find(wanted);
      if (found !== undefined) return found;
      if (performance.now() > deadlineMs)
        throw new Error(`not told within ${withinMs} ms, but: ${this.subjects().join('; ')}`);
      await this.receive(5);
    }
  }

  /** Takes what is in the queue. */
  async receive(waitSeconds = 0): Promise<void> {
    const { Messages = [] } = await this.#client.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#url,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: waitSeconds,
      }),
    );
    for (const { Body = '' } of Messages) {
      const { Subject, Message } = v.parse(Envelope, JSON.parse(Body));
      this.messages.push({ ...Message, subject: Subject });
    }
    if (Messages.length === 0) return;
    await this.#client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: this.#url,
        Entries: Messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle })),
      }),
    );
  }

  subjects(): readonly string[] {
    return this.messages.map(({ subject }) => subject);
  }
}
