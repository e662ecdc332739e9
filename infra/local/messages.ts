import { ok, type Result } from '../../core/result.ts';
import type { DataFolder } from './data-folder.ts';
import { declaredSubscriptions } from './local-topics.ts';
import { createMailer, type Mailer } from './mail.ts';
import { createMessageLog } from './message-log.ts';
import type { Reporter } from './reporter.ts';
import type { LocalSettings } from './settings.ts';
import { createSnsSink, type SnsSink, type Subscriber } from './sns-sink.ts';
import type { StartFailure } from './start-failure.ts';
import { createTextMessages } from './text-messages.ts';
import { openTopicBook, type TopicBook } from './topic-book.ts';

/** What stands for SNS here, and who gets what is published. */
export interface Messages {
  readonly sink: SnsSink;
  /** Absent: no mail server is known. */
  readonly mailer: Mailer | undefined;
}

type Show = (message: Parameters<Reporter['message']>[0]) => void;

/** Opens the topics with all who are subscribed to them. `show` is told of each message. */
export async function openMessages(
  settings: Pick<LocalSettings, 'mail'>,
  folder: DataFolder,
  show: Show,
): Promise<Result<Messages, StartFailure>> {
  const declared = declaredSubscriptions(settings.mail?.to ?? []);
  const opened = openTopicBook(folder.subscriptionsPath, declared);
  if (!opened.ok) return opened;
  const book = opened.value;
  const emailsOf = (topicArn: string) =>
    book.of(topicArn).flatMap((one) => (one.protocol === 'email' ? [one.endpoint] : []));
  const mailer = settings.mail === undefined ? undefined : createMailer(settings.mail, emailsOf);
  const sink = await createSnsSink(subscribers(folder, mailer, book, show), book);
  if (!sink.ok) return sink;
  return ok({ sink: sink.value, mailer });
}

function subscribers(
  folder: DataFolder,
  mailer: Mailer | undefined,
  book: TopicBook,
  show: Show,
): Subscriber[] {
  const seen = [
    { name: 'terminal', deliver: show },
    createMessageLog(folder.messagesPath, Date.now),
  ];
  return [...seen, createTextMessages(book, seen), ...(mailer === undefined ? [] : [mailer])];
}
