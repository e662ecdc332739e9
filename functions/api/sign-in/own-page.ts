import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { err, ok, type Result } from '../../../core/result.ts';
import type { ApiError } from '../reply.ts';

/** Pages of other origins can't send it without asking us first (CORS), and we say nothing to that. */
const OWN_PAGE_HEADER = 'x-hypervigil';

/** Does one of our own pages say that it asks? */
export function isFromOwnPage({ headers }: Pick<LambdaFunctionURLEvent, 'headers'>): boolean {
  return headers[OWN_PAGE_HEADER] === '1';
}

/**
 * Whether what a browser sends on behalf of a signed-in person was sent by our own page. A cookie comes along
 * whoever makes the browser ask; a token does not, and needs none of this. Browsers say by themselves where
 * a request comes from (`Sec-Fetch-Site`, else `Origin`), scripts can't change it. All but GET and HEAD needs
 * our own header, too.
 */
export function checkOwnPage(
  event: Pick<LambdaFunctionURLEvent, 'headers' | 'requestContext'>,
  ownOrigins: readonly string[],
): Result<undefined, ApiError> {
  const { headers, requestContext } = event;
  const site = headers['sec-fetch-site'];
  const origin = headers['origin'];
  const reads = ['GET', 'HEAD'].includes(requestContext.http.method.toUpperCase());
  if (site !== undefined && site !== 'same-origin' && !(reads && site === 'none'))
    return refused(`a session is good from Hypervigil's own pages only, not from "${site}"`);
  // Before it says "same-origin", the browser compared the two itself, and knows the address in its bar.
  if (site === undefined && origin !== undefined && !ownOrigins.includes(origin))
    return refused(`a session is good from ${ownOrigins.join(' or ')} only, not from "${origin}"`);
  if (reads) return ok(undefined);
  if (site === undefined && origin === undefined)
    return refused('with a session this takes the header Origin or Sec-Fetch-Site');
  if (!isFromOwnPage(event))
    return refused(`with a session this takes the header ${OWN_PAGE_HEADER}: 1`);
  return ok(undefined);
}

function refused(reason: string): Result<never, ApiError> {
  const message = `${reason}; programs use an API token`;
  return err({ kind: 'forbidden', message });
}
