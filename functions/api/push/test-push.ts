import type { PushLanguage, PushMessage } from '../../../core/answers/push.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { pushContact } from '../../notify/deliver-push.ts';
import { sendPush } from '../../notify/push-service.ts';
import type { Caller } from '../authenticate.ts';
import type { ApiData, ApiError } from '../reply.ts';
import { mayHandle, noBrowser } from './browsers.ts';
import type { PushPorts } from './ports.ts';

/** Whoever asks sits before it. */
const TTL_SECONDS = 60;

const TEXTS: Readonly<Record<PushLanguage, readonly [title: string, body: string]>> = {
  en: ['Test message', 'Hypervigil reaches this browser. Alerts look like this.'],
  'zh-CN': ['测试消息', 'Hypervigil 可以通知此浏览器，告警会以这种形式显示。'],
};

/** `POST /api/v1/push/subscriptions/ID/test`: a real message to that one browser. A browser that is gone is taken away. */
export async function testBrowser(
  id: string,
  caller: Caller,
  { subscriptions, keys, localOrigin, externalUrl, audit, nowMs, testLimit }: PushPorts,
): Promise<Result<ApiData, ApiError>> {
  const now = nowMs();
  const found = (await subscriptions.list(now)).find(
    (one) => one.id === id && mayHandle(caller, one),
  );
  if (found === undefined) return noBrowser(id);
  const waitMs = testLimit(id, now);
  if (waitMs > 0) {
    const message = 'this browser was tested several times just now';
    return err({ kind: 'too_many', message, retryAfterMs: waitMs });
  }
  const [title, body] = TEXTS[found.language];
  const message: PushMessage = {
    ...{ version: 1, title, body, url: 'subscriptions', tag: 'test', severity: 'info' },
    ...{ isResolved: false, language: found.language, atMs: now },
  };
  const outcome = await audit.record(
    { who: caller.name, action: 'push.test', subject: id },
    async () =>
      sendPush(
        found,
        JSON.stringify(message),
        { topic: 'test', ttlSeconds: TTL_SECONDS, urgency: 'high' },
        { keys: await keys(), contact: pushContact(externalUrl), localOrigin, nowMs },
      ),
    (sent) => (sent.kind === 'failed' ? sent.reason : sent.kind === 'gone' ? 'gone' : undefined),
  );
  if (outcome.kind === 'sent') return ok({ json: '{}' });
  if (outcome.kind === 'failed')
    return err({ kind: 'execution', message: `the message was not taken: ${outcome.reason}` });
  await subscriptions.remove(id);
  const gone = 'the browser has unsubscribed at its push service, so it was taken off the list';
  return err({ kind: 'not_found', message: gone });
}
