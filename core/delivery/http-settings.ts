import { Buffer } from 'node:buffer';
import type { HttpSettings } from '../alertmanager/integration-types.ts';

/** How long a chat or paging service may take for its answer. */
export const SERVICE_TIMEOUT_MS = 10_000;

/** The headers that `http_config` asks for; names in lower case. */
export function httpHeaders(http: HttpSettings): Record<string, string> {
  const { authorization, basicAuth, headers } = http;
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const basic =
    basicAuth && Buffer.from(`${basicAuth.username}:${basicAuth.password}`).toString('base64');
  return {
    ...Object.fromEntries(own),
    ...(basic === undefined ? {} : { authorization: `Basic ${basic}` }),
    ...(authorization === undefined
      ? {}
      : { authorization: `${authorization.type} ${authorization.credentials}` }),
  };
}

/** What of `http_config` no log may show. */
export function httpSecrets({ authorization, basicAuth, headers }: HttpSettings): string[] {
  const own = [authorization?.credentials, basicAuth?.password].filter(
    (text) => text !== undefined,
  );
  return [...own, ...Object.values(headers)];
}
