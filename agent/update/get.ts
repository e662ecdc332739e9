import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface GetOptions {
  /** For the first host only: an address it sends us on to carries its own permission. */
  readonly bearer: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How long nothing may arrive. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

const REDIRECTS_MAX = 4;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

/**
 * The answer to a GET, after redirects; whoever asked reads or destroys it. Never goes from https on
 * to http. Rejects where there is no answer, and later the answer does if it breaks off.
 */
export async function get(url: URL, options: GetOptions): Promise<IncomingMessage> {
  let target = url;
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
    const answer = await getOnce(target, target.origin === url.origin, options);
    const { location } = answer.headers;
    if (!REDIRECT_STATUSES.has(answer.statusCode ?? 0) || location === undefined) return answer;
    answer.destroy();
    const next = URL.parse(location, target.href);
    if (next === null || !/^https?:$/.test(next.protocol)) {
      throw new Error(`${target.host} sends on to what is no address`);
    }
    if (target.protocol === 'https:' && next.protocol !== 'https:') {
      throw new Error(`${target.host} sends on to ${next.host} without encryption`);
    }
    target = next;
  }
  throw new Error(`${url.host} sends on and on`);
}

function getOnce(
  target: URL,
  isFirstHost: boolean,
  { bearer, headers, idleMs, signal }: GetOptions,
): Promise<IncomingMessage> {
  const request = target.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request(
      target,
      {
        agent: false,
        signal,
        headers: {
          ...headers,
          // The files are compressed as they are; nobody else shall pack or unpack them.
          'accept-encoding': 'identity',
          ...(isFirstHost ? { authorization: `Bearer ${bearer}` } : {}),
        },
      },
      resolve,
    );
    sent.setTimeout(idleMs, () => sent.destroy(new Error(`nothing came for ${idleMs / 1000} s`)));
    sent.on('error', reject);
    sent.end();
  });
}
