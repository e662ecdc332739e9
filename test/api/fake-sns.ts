import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { closeServer, LOOPBACK, listen } from '../../infra/local/listen.ts';
import { readBody } from '../../infra/local/read-body.ts';

interface Subscription {
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly arn: string;
  isConfirmed: boolean;
}

/** SNS as AWS has it: who is subscribed by email has to agree, and what waits for that can't be removed. */
export interface FakeSns {
  readonly endpoint: string;
  readonly subscriptions: readonly Subscription[];
  /** How often an address was asked whether it agrees. */
  readonly asked: ReadonlyMap<string, number>;
  readonly published: readonly { readonly topicArn: string; readonly message: string }[];
  /** One that a deployment made; pending. */
  readonly add: (one: { topic: string; endpoint: string; protocol?: string }) => void;
  /** The address agrees, to all it was asked. */
  readonly confirm: (endpoint: string) => void;
  /** The next call of an action is refused so. */
  readonly refuseNext: (action: string, code: string, message: string) => void;
  readonly close: () => Promise<void>;
}

const TOPIC = 'arn:aws:sns:local:000000000000:';

export async function startFakeSns(): Promise<FakeSns> {
  const subscriptions: Subscription[] = [];
  const asked = new Map<string, number>();
  const published: { topicArn: string; message: string }[] = [];
  let refusal: { action: string; code: string; message: string } | undefined;
  const subscribe = (topicArn: string, protocol: string, endpoint: string) => {
    const known = subscriptions.find(
      (one) => one.topicArn === topicArn && one.endpoint === endpoint,
    );
    const isConfirmed = protocol === 'sms';
    const arn = `${topicArn}:${randomUUID()}`;
    if (known === undefined) subscriptions.push({ topicArn, protocol, endpoint, arn, isConfirmed });
    if (known?.isConfirmed !== true && !isConfirmed)
      asked.set(endpoint, (asked.get(endpoint) ?? 0) + 1);
  };
  const answer = (form: URLSearchParams): string => {
    const topicArn = form.get('TopicArn') ?? '';
    switch (form.get('Action')) {
      case 'Subscribe':
        subscribe(topicArn, form.get('Protocol') ?? '', form.get('Endpoint') ?? '');
        return '<SubscriptionArn>pending confirmation</SubscriptionArn>';
      case 'Unsubscribe': {
        const at = subscriptions.findIndex(({ arn }) => arn === form.get('SubscriptionArn'));
        if (at >= 0) subscriptions.splice(at, 1);
        return '';
      }
      case 'Publish':
        published.push({ topicArn, message: form.get('Message') ?? '' });
        return `<MessageId>${randomUUID()}</MessageId>`;
      default: {
        const members = subscriptions
          .filter((one) => one.topicArn === topicArn)
          .map(
            ({ arn, protocol, endpoint, isConfirmed }) =>
              `<member><SubscriptionArn>${isConfirmed ? arn : 'PendingConfirmation'}</SubscriptionArn><Protocol>${protocol}</Protocol><Endpoint>${endpoint}</Endpoint></member>`,
          );
        return `<Subscriptions>${members.join('')}</Subscriptions>`;
      }
    }
  };
  const server = createServer((request, response) => {
    void readBody(request, 1 << 20).then((body) => {
      const form = new URLSearchParams(body.ok ? body.value.toString('utf8') : '');
      const action = form.get('Action');
      const refused = refusal?.action === action ? refusal : undefined;
      if (refused !== undefined) refusal = undefined;
      response.writeHead(refused === undefined ? 200 : 403, { 'content-type': 'text/xml' });
      response.end(
        refused === undefined
          ? `<${action}Response><${action}Result>${answer(form)}</${action}Result></${action}Response>`
          : `<ErrorResponse><Error><Type>Sender</Type><Code>${refused.code}</Code><Message>${refused.message}</Message></Error></ErrorResponse>`,
      );
    });
  });
  const port = await listen(server, 0);
  if (!port.ok) throw new Error(port.error.message);
  return {
    endpoint: `http://${LOOPBACK}:${port.value}`,
    subscriptions,
    asked,
    published,
    add: ({ topic, endpoint, protocol = 'email' }) =>
      subscribe(`${TOPIC}${topic}`, protocol, endpoint),
    confirm: (endpoint) => {
      for (const one of subscriptions) if (one.endpoint === endpoint) one.isConfirmed = true;
    },
    refuseNext: (action, code, message) => {
      refusal = { action, code, message };
    },
    close: () => closeServer(server, 0),
  };
}
