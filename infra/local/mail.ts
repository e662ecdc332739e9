import { createTransport } from 'nodemailer';
import type { MailSettings } from './settings.ts';
import type { PublishedMessage } from './sns-publish.ts';
import type { Subscriber } from './sns-sink.ts';

/** Emails what is published to a topic, as SNS would to its email subscribers. */
export interface Mailer extends Subscriber {
  /** `undefined` when the server answers and takes the login, else why not, in one line. */
  readonly check: () => Promise<string | undefined>;
  readonly close: () => void;
}

/** A server that says nothing must not hold up the tick that publishes: 3 waits of 5 s. */
const TIMEOUT_MS = 5_000;

/** `alsoTo`: who else is subscribed to a topic. */
export function createMailer(
  { server, login, from, to }: MailSettings,
  alsoTo: (topicArn: string) => readonly string[] = () => [],
): Mailer {
  const transport = createTransport({
    ...server,
    ...(login === undefined ? {} : { auth: login }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  });
  const describe = (error: unknown) =>
    `SMTP ${server.host}:${server.port}: ${error instanceof Error ? oneLine(error.message) : error}`;

  const deliver = async ({ to: target, subject, texts }: PublishedMessage) => {
    if (!('topicArn' in target)) return;
    try {
      await transport.sendMail({
        from,
        to: [...to],
        // People who were added one by one need not know of each other.
        bcc: alsoTo(target.topicArn).filter((address) => !to.includes(address)),
        subject: subject ?? 'Hypervigil',
        text: texts['email'] ?? texts.default,
      });
    } catch (error) {
      throw new Error(describe(error));
    }
  };
  const check = async () => {
    try {
      await transport.verify();
      return undefined;
    } catch (error) {
      return describe(error);
    }
  };
  return { name: 'email', deliver, check, close: () => transport.close() };
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
