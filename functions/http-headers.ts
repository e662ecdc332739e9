import type {
  APIGatewayProxyStructuredResultV2,
  LambdaFunctionURLEvent,
  LambdaFunctionURLResult,
} from 'aws-lambda';

/** A function behind a Function URL. */
export type UrlHandler = (event: LambdaFunctionURLEvent) => Promise<LambdaFunctionURLResult>;

/** A year: what a browser has reached with TLS once it never asks without. Local fronts leave it out. */
export const TRANSPORT_HEADER = 'strict-transport-security';

/** Where no page is: nothing may run, load, be sent or be framed. */
const NOTHING = "default-src 'none'; frame-ancestors 'none'";

/**
 * What an answer to a program has. They are few, since each costs: an agent gets 43,200 answers a month, and 100
 * bytes of each are 4 MB, $0.0004, of what goes out.
 */
const BRIEF: Readonly<Record<string, string>> = {
  [TRANSPORT_HEADER]: 'max-age=31536000',
  'cache-control': 'no-store',
  'content-security-policy': NOTHING,
  'x-content-type-options': 'nosniff',
};

/** What an answer has that a browser may show. */
const WHOLE: Readonly<Record<string, string>> = {
  ...BRIEF,
  'content-security-policy': `${NOTHING}; base-uri 'none'; form-action 'none'`,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  // For browsers that don't know frame-ancestors.
  'x-frame-options': 'DENY',
};

/**
 * The answer with the headers that tell browsers what they must not do with it. Its own stay, so that a page has
 * a policy of its own, and what may be cached says so. `brief` is for answers that only programs of ours get.
 */
export function secured(
  result: LambdaFunctionURLResult,
  brief = false,
): APIGatewayProxyStructuredResultV2 {
  const common = brief ? BRIEF : WHOLE;
  // Lambda makes 200 and JSON of what is no more than a text.
  if (typeof result === 'string') {
    const headers = { ...common, 'content-type': 'application/json' };
    return { statusCode: 200, headers, body: result };
  }
  return { ...result, headers: { ...common, ...result.headers } };
}

/** A function all of whose answers are secured; what only programs get, briefly: 200 and 204 where that is said. */
export function securedHandler(handle: UrlHandler, successIsBrief = false): UrlHandler {
  return async (event) => {
    const result = await handle(event);
    const status = typeof result === 'string' ? 200 : (result.statusCode ?? 200);
    return secured(result, successIsBrief && (status === 200 || status === 204));
  };
}
