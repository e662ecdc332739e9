import type { Subscriber } from './sns-sink.ts';
import type { TopicBook } from './topic-book.ts';

/**
 * Text messages of this machine: nothing here can send one, so what each phone would get is shown and kept where all
 * messages are.
 */
export function createTextMessages(book: TopicBook, shownBy: readonly Subscriber[]): Subscriber {
  return {
    name: 'text messages',
    deliver: async (message) => {
      if (!('topicArn' in message.to)) return;
      const phones = book.of(message.to.topicArn).filter(({ protocol }) => protocol === 'sms');
      for (const { endpoint } of phones) {
        const { sms = message.texts.default } = message.texts;
        const one = { ...message, to: { phoneNumber: endpoint }, texts: { default: sms } };
        for (const { deliver } of shownBy) await deliver(one);
      }
    },
  };
}
