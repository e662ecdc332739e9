import { PHONE_FORMAT } from '../../core/answers/subscriptions.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { SnsError } from './sns-publish.ts';
import type { LocalSubscription, TopicBook } from './topic-book.ts';

/** What an action of SNS' Query protocol answers: the name of its element, and what is in it. */
export interface SnsAnswer {
  readonly action: string;
  /** XML; absent: the action has no result. */
  readonly result?: string;
}

/** Subscribe, Unsubscribe, ListSubscriptionsByTopic; `undefined`: another action. All confirmed at once, in one page. */
export async function answerSubscriptionAction(
  form: URLSearchParams,
  book: TopicBook,
): Promise<Result<SnsAnswer, SnsError> | undefined> {
  switch (form.get('Action')) {
    case 'Subscribe':
      return subscribe(form, book);
    case 'Unsubscribe':
      return unsubscribe(form, book);
    case 'ListSubscriptionsByTopic':
      return list(form, book);
    default:
      return undefined;
  }
}

async function subscribe(
  form: URLSearchParams,
  book: TopicBook,
): Promise<Result<SnsAnswer, SnsError>> {
  const topicArn = form.get('TopicArn') ?? '';
  const protocol = form.get('Protocol') ?? '';
  const endpoint = form.get('Endpoint') ?? '';
  if (!topicArn.startsWith('arn:')) return invalid('TopicArn');
  if (protocol !== 'email' && protocol !== 'sms')
    return invalid(`Does not support this protocol string: ${protocol}`);
  const isGood =
    protocol === 'sms' ? PHONE_FORMAT.test(endpoint) : /^[^\s@]+@[^\s@]+$/.test(endpoint);
  if (!isGood) return invalid(protocol === 'sms' ? 'SMS endpoint' : 'Email address');
  const arn = await book.subscribe({ topicArn, protocol, endpoint });
  const result = `<SubscriptionArn>${escapeXml(arn)}</SubscriptionArn>`;
  return ok({ action: 'Subscribe', result });
}

async function unsubscribe(
  form: URLSearchParams,
  book: TopicBook,
): Promise<Result<SnsAnswer, SnsError>> {
  const arn = form.get('SubscriptionArn') ?? '';
  if (!arn.startsWith('arn:')) return invalid('SubscriptionArn');
  if (await book.unsubscribe(arn)) return ok({ action: 'Unsubscribe' });
  return invalid('SubscriptionArn: the settings of this machine have it');
}

function list(form: URLSearchParams, book: TopicBook): Result<SnsAnswer, SnsError> {
  const topicArn = form.get('TopicArn') ?? '';
  if (!topicArn.startsWith('arn:')) return invalid('TopicArn');
  const members = book.of(topicArn).map(memberXml).join('');
  const result = `<Subscriptions>${members}</Subscriptions>`;
  return ok({ action: 'ListSubscriptionsByTopic', result });
}

function memberXml({ arn, topicArn, protocol, endpoint }: LocalSubscription): string {
  const parts = [
    ['SubscriptionArn', arn],
    ['Owner', '000000000000'],
    ['Protocol', protocol],
    ['Endpoint', endpoint],
    ['TopicArn', topicArn],
  ] as const;
  const inner = parts.map(([name, text]) => `<${name}>${escapeXml(text)}</${name}>`).join('');
  return `<member>${inner}</member>`;
}

function invalid(what: string): Result<never, SnsError> {
  return err({ status: 400, code: 'InvalidParameter', message: `Invalid parameter: ${what}` });
}

export function escapeXml(text: string): string {
  // Control characters have no place in XML, escaped or not.
  return text
    .replace(/\p{Cc}/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
