import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterEach, expect, test } from 'vitest';
import type { PublishedMessage } from '../../infra/local/sns-publish.ts';
import { createSnsSink, type Subscriber } from '../../infra/local/sns-sink.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

async function sinkWith(...subscribers: Subscriber[]) {
  const sink = await createSnsSink(subscribers);
  if (!sink.ok) throw new Error(sink.error.message);
  undo.push(sink.value.close);
  const client = new SNSClient({
    endpoint: sink.value.endpoint,
    region: 'local',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
  undo.push(() => client.destroy());
  return client;
}

function collector(name = 'test') {
  const messages: PublishedMessage[] = [];
  return {
    messages,
    subscriber: { name, deliver: (m: PublishedMessage) => void messages.push(m) },
  };
}

const TopicArn = 'arn:aws:sns:local:000000000000:hypervigil-critical';

function jsonMessage(texts: Record<string, string>) {
  return new PublishCommand({
    TopicArn,
    Subject: '[FIRING] VmDown: web-1 & "db" <crashed>',
    MessageStructure: 'json',
    Message: JSON.stringify(texts),
    MessageAttributes: {
      severity: { DataType: 'String', StringValue: 'critical' },
      status: { DataType: 'String', StringValue: 'firing' },
    },
  });
}

test('what the SDK publishes is what a subscriber gets, for each protocol', async () => {
  const { messages, subscriber } = collector();
  const client = await sinkWith(subscriber);
  const texts = { default: '{"a":1}', email: 'Zeile 1\nGröße: 100 % & mehr\n', sms: 'down' };
  const answer = await client.send(jsonMessage(texts));
  expect(messages).toEqual([
    {
      messageId: answer.MessageId,
      to: { topicArn: TopicArn },
      subject: '[FIRING] VmDown: web-1 & "db" <crashed>',
      texts,
      attributes: { severity: 'critical', status: 'firing' },
    },
  ]);
});

test('a message without a structure is its default text', async () => {
  const { messages, subscriber } = collector();
  const client = await sinkWith(subscriber);
  await client.send(new PublishCommand({ TopicArn, Message: '{"not":"structured"}' }));
  expect(messages[0]?.texts).toEqual({ default: '{"not":"structured"}' });
});

test('an SMS goes to a phone, a push to a device', async () => {
  const { messages, subscriber } = collector();
  const client = await sinkWith(subscriber);
  const targetArn = 'arn:aws:sns:local:000000000000:endpoint/GCM/app/1';
  await client.send(new PublishCommand({ PhoneNumber: '+4915112345678', Message: 'db is down' }));
  await client.send(new PublishCommand({ TargetArn: targetArn, Message: 'db is down' }));
  expect(messages.map(({ to }) => to)).toEqual([{ phoneNumber: '+4915112345678' }, { targetArn }]);
  const nobody = new PublishCommand({ PhoneNumber: 'me', Message: 'db is down' });
  await expect(client.send(nobody)).rejects.toThrow('PhoneNumber');
});

test.each([
  ['no default text', { MessageStructure: 'json', Message: '{"email":"x"}' }],
  ['texts that are not JSON', { MessageStructure: 'json', Message: '{' }],
  ['an empty message', { Message: '' }],
  ['more than 256 KiB', { Message: 'x'.repeat((256 << 10) + 1) }],
  ['a subject of two lines', { Message: 'x', Subject: 'a\nb' }],
  ['a subject of 101 characters', { Message: 'x', Subject: 'a'.repeat(101) }],
])('%s is refused as SNS refuses it', async (_case, input) => {
  const { messages, subscriber } = collector();
  const client = await sinkWith(subscriber);
  await expect(client.send(new PublishCommand({ TopicArn, ...input }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
    $fault: 'client',
  });
  expect(messages).toEqual([]);
});

test('a subscriber that fails makes the publish fail; the retry goes to that one only', async () => {
  const { messages, subscriber } = collector('terminal');
  let mailServerIsUp = false;
  const mailed: string[] = [];
  const mail: Subscriber = {
    name: 'email',
    deliver: ({ texts }) => {
      if (!mailServerIsUp) throw new Error('connection refused');
      mailed.push(texts.default);
    },
  };
  const client = await sinkWith(subscriber, mail);
  const publish = () => client.send(jsonMessage({ default: 'one' }));
  await expect(publish()).rejects.toMatchObject({
    $fault: 'server',
    message: 'email: connection refused',
  });
  await expect(publish()).rejects.toThrow('connection refused');
  mailServerIsUp = true;
  await publish();
  expect(messages.map(({ texts }) => texts.default)).toEqual(['one']);
  expect(mailed).toEqual(['one']);
  await publish();
  expect(mailed, 'once all have it, the same text is a new message').toEqual(['one', 'one']);
  expect(messages).toHaveLength(2);
});
