import { afterEach, describe, expect, test } from 'vitest';
import type { SnsSettings } from '../../core/alertmanager/integration-types.ts';
import { createDeliverer, type Deliver } from '../../functions/notify/deliver.ts';
import type { PaceClock } from '../../functions/notify/pace.ts';
import type { PublishedMessage } from '../../infra/local/sns-publish.ts';
import { createSnsSink } from '../../infra/local/sns-sink.ts';
import { contextOf, NOW_MS, notificationOf, vmDown } from '../delivery/notifications.ts';
import { startTarget } from './target.ts';

const DOWN = notificationOf([vmDown('db')]);
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** Time that passes only while somebody waits. */
function patientClock(): PaceClock & { readonly waits: number[] } {
  const waits: number[] = [];
  let nowMs = 0;
  return {
    waits,
    monotonicMs: () => nowMs,
    sleep: async (ms) => {
      waits.push(ms);
      nowMs += ms;
    },
  };
}

function deliverer(endpoint: string, paceClock: PaceClock): Deliver {
  const { templates, externalUrl } = contextOf();
  return createDeliverer({
    externalUrl,
    templates: () => templates,
    nowMs: () => NOW_MS,
    sns: { endpoint, credentials: CREDENTIALS, region: 'local', maxAttempts: 1 },
    paceClock,
  });
}

function topic(name: string) {
  const settings: SnsSettings = {
    kind: 'sns',
    target: { topicArn: `arn:aws:sns:eu-west-1:123456789012:${name}` },
    attributes: {},
  };
  return { index: 0, sendResolved: true, settings };
}

async function sink(): Promise<{ endpoint: string; messages: PublishedMessage[] }> {
  const messages: PublishedMessage[] = [];
  const started = await createSnsSink([
    { name: 'test', deliver: (message) => void messages.push(message) },
  ]);
  if (!started.ok) throw new Error('no sink');
  closers.push(started.value.close);
  return { endpoint: started.value.endpoint, messages };
}

describe('a publish', () => {
  test('reaches the topic with a text for each protocol', async () => {
    const { endpoint, messages } = await sink();
    const result = await deliverer(endpoint, patientClock())(DOWN, topic('ops'));
    expect(result).toEqual({ ok: true, answer: messages[0]?.messageId });
    expect(messages[0]).toMatchObject({
      to: { topicArn: 'arn:aws:sns:eu-west-1:123456789012:ops' },
      subject: '[FIRING:1] VmDown: VM db on hv-1 is down: crashed',
      attributes: { severity: 'critical', status: 'firing', alertname: 'VmDown', receiver: 'ops' },
    });
    expect(Object.keys(messages[0]?.texts ?? {}).sort()).toEqual(
      ['APNS', 'APNS_SANDBOX', 'GCM', 'default', 'email', 'sms'].sort(),
    );
  });

  test('waits so that a topic gets one a second; other topics do not wait', async () => {
    const { endpoint, messages } = await sink();
    const clock = patientClock();
    const deliver = deliverer(endpoint, clock);
    for (const name of ['a', 'b', 'a', 'a']) await deliver(DOWN, topic(name));
    expect(clock.waits).toEqual([1000, 1000]);
    expect(messages).toHaveLength(4);
  });

  test('that would have to wait for too long is put off, not lost', async () => {
    const { endpoint, messages } = await sink();
    const asleep: PaceClock = { monotonicMs: () => 0, sleep: async () => undefined };
    const deliver = deliverer(endpoint, asleep);
    const results = [];
    for (let i = 0; i < 23; i++) results.push(await deliver(DOWN, topic('a')));
    expect(results.at(-1)).toEqual({
      ok: false,
      retry: true,
      reason: 'too many messages at once',
      retryAfterMs: 21_000,
    });
    expect(messages).toHaveLength(21);
  });
});

describe('what SNS answers', () => {
  async function refused(status: number, code: string) {
    const { url, close } = await startTarget(() => ({
      status,
      headers: { 'content-type': 'text/xml' },
      body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>said so</Message></Error></ErrorResponse>`,
    }));
    closers.push(close);
    return deliverer(url, patientClock())(DOWN, topic('ops'));
  }

  test.each([
    [400, 'Throttling', true],
    [429, 'Throttled', true],
    [400, 'ExpiredToken', true],
    [500, 'InternalError', true],
    [503, 'ServiceUnavailable', true],
    [400, 'InvalidParameter', false],
    [404, 'NotFound', false],
    [403, 'AuthorizationError', false],
    [400, 'EndpointDisabled', false],
    [400, 'PlatformApplicationDisabled', false],
    [403, 'SignatureDoesNotMatch', false],
  ])('%i %s: try again later is %s', async (status, code, retry) => {
    const result = await refused(status, code);
    expect(result).toMatchObject({ ok: false, retry });
    expect(result.ok ? '' : result.reason).toBe(`SNS: ${code}: said so`);
  });

  test('no answer is tried again', async () => {
    const { url, close } = await startTarget(() => undefined);
    await close();
    expect(await deliverer(url, patientClock())(DOWN, topic('ops'))).toMatchObject({
      ok: false,
      retry: true,
    });
  });
});
