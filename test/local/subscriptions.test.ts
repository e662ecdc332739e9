import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTopicSubscriptions } from '../../functions/notify/subscriptions.ts';
import { declaredSubscriptions, LOCAL_TOPICS } from '../../infra/local/local-topics.ts';
import type { PublishedMessage } from '../../infra/local/sns-publish.ts';
import { createSnsSink, type Subscriber } from '../../infra/local/sns-sink.ts';
import { createTextMessages } from '../../infra/local/text-messages.ts';
import { openTopicBook, type TopicBook } from '../../infra/local/topic-book.ts';

const { TOPIC_ARN_CRITICAL: CRITICAL, TOPIC_ARN_INFO: INFO } = LOCAL_TOPICS;
let folder: string;
const undo: (() => unknown)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hypervigil-book-'));
});
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
  rmSync(folder, { recursive: true });
});

const path = () => join(folder, 'subscriptions.json');

function book(): TopicBook {
  const opened = openTopicBook(path(), declaredSubscriptions(['ops@example.org']));
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

async function snsWith(kept: TopicBook, ...subscribers: Subscriber[]) {
  const sink = await createSnsSink(subscribers, kept);
  if (!sink.ok) throw new Error(sink.error.message);
  undo.push(sink.value.close);
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  return createTopicSubscriptions({ endpoint: sink.value.endpoint, region: 'local', credentials });
}

async function listed(sns: ReturnType<typeof createTopicSubscriptions>, topic: string) {
  const list = await sns.list(topic);
  if (!list.ok) throw new Error(list.error.reason);
  return list.value;
}

test('who is subscribed is listed, kept over a restart, and removed', async () => {
  const sns = await snsWith(book());
  expect(await sns.subscribe(CRITICAL, 'email', 'a&b@example.org')).toMatchObject({ ok: true });
  expect(await sns.subscribe(CRITICAL, 'email', 'a&b@example.org')).toMatchObject({ ok: true });
  expect(await sns.subscribe(INFO, 'sms', '+14155550100')).toMatchObject({ ok: true });
  const again = await snsWith(book());
  expect(await listed(again, CRITICAL)).toEqual([
    { protocol: 'email', address: 'ops@example.org', arn: expect.any(String) },
    { protocol: 'email', address: 'a&b@example.org', arn: expect.any(String) },
  ]);
  const [, added] = await listed(again, CRITICAL);
  expect(await again.unsubscribe(added?.arn ?? '')).toMatchObject({ ok: true });
  expect(await listed(again, CRITICAL)).toHaveLength(1);
  expect(JSON.parse(readFileSync(path(), 'utf8')).subscriptions).toHaveLength(1);
});

test('what the settings have stays', async () => {
  const sns = await snsWith(book());
  const [declared] = await listed(sns, CRITICAL);
  expect(await sns.unsubscribe(declared?.arn ?? '')).toMatchObject({
    ok: false,
    error: { isPassing: false },
  });
});

test.each([
  ['email', 'nobody'],
  ['sms', '0171 1234'],
  ['https', 'https://example.org'],
])('%s %s is refused', async (protocol, address) => {
  const sns = await snsWith(book());
  expect(await sns.subscribe(CRITICAL, protocol, address)).toMatchObject({ ok: false });
});

test('a text message is shown for each phone of the topic', async () => {
  const kept = book();
  const shown: PublishedMessage[] = [];
  const terminal = { name: 'terminal', deliver: (one: PublishedMessage) => void shown.push(one) };
  const sns = await snsWith(kept, terminal, createTextMessages(kept, [terminal]));
  await sns.subscribe(CRITICAL, 'sms', '+14155550100');
  const message = { subject: 'Test', email: 'long', sms: 'short', json: '{}' };
  expect(await sns.publish(CRITICAL, message)).toMatchObject({ ok: true });
  expect(await sns.publish(INFO, message)).toMatchObject({ ok: true });
  expect(shown.map(({ to, texts }) => [to, texts.default])).toEqual([
    [{ topicArn: CRITICAL }, '{}'],
    [{ phoneNumber: '+14155550100' }, 'short'],
    [{ topicArn: INFO }, '{}'],
  ]);
});

test('a file that can’t be read is said, not overwritten', () => {
  writeFileSync(path(), 'oops');
  expect(openTopicBook(path(), [])).toMatchObject({
    ok: false,
    error: { message: expect.stringContaining('is no list of subscriptions') },
  });
  expect(readFileSync(path(), 'utf8')).toBe('oops');
});
