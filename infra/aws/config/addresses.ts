import * as v from 'valibot';
import { listOf, problem, textLike } from './parts.ts';

/** SNS has no limit worth naming here; a list this long is a mailing list and wants an address of its own. */
const SUBSCRIBERS_MAX = 100;

const ARN_START = 'arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:';
const ENDPOINT_ARN = `${ARN_START}endpoint/[A-Z_]+/[A-Za-z0-9._-]{1,256}/[0-9a-f-]{36}`;
const TOPIC_ARN = `${ARN_START}[A-Za-z0-9_-]{1,256}`; // No .fifo: no person can subscribe to one.

export const email = v.pipe(v.string('not a text'), v.email('not an email address'));

export const phone = textLike(
  /^\+[1-9][0-9]{6,14}$/,
  'not a phone number such as +14155550123 (E.164)',
);

export const httpsUrl = v.pipe(
  v.string('not a text'),
  v.check(
    (text) => text.startsWith('https://') && URL.canParse(text),
    'not an address that begins with https://',
  ),
);

export const webUrl = v.pipe(
  v.string('not a text'),
  // They go to the evaluator as one text with commas between them.
  v.check(
    (text) => /^https?:\/\/[^,]+$/.test(text) && URL.canParse(text),
    'not an http or https address without commas',
  ),
);

export const platformEndpoint = textLike(
  new RegExp(`^${ENDPOINT_ARN}$`),
  "not the ARN of an app's platform endpoint",
);

export const topicOrEndpoint = textLike(
  new RegExp(`^(?:${TOPIC_ARN}|${ENDPOINT_ARN})$`),
  'not the ARN of a standard SNS topic or a platform endpoint',
);

/** Lists of addresses, one for each topic. */
export function subscribers(address: v.GenericSchema<string>) {
  const list = listOf(address, SUBSCRIBERS_MAX);
  return v.optional(
    v.strictObject({ critical: list, warning: list, info: list, operations: list }, problem),
    {},
  );
}
