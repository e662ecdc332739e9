import type { LambdaFunctionURLResult } from 'aws-lambda';
import { errorReply } from '../http.ts';
import type { ApiError } from '../reply.ts';
import type { SignIn, SignInWorld } from './answer.ts';
import { isFromOwnPage } from './own-page.ts';

const PATHS = new Set(['/sign-in', '/sign-in/callback', '/sign-out']);

/** Tells our pages where people sign in, when nobody is. */
const OFFER_HEADER = 'x-hypervigil-sign-in';

/** Is it an address that people's browsers come by to sign in or out? */
export function isSignInPath(path: string): boolean {
  return PATHS.has(path);
}

/** Sign-in whose code is loaded when somebody signs in, or comes with a session: programs never wait for it. */
export function openSignIn(world: SignInWorld): SignIn {
  let opened: Promise<SignIn> | undefined;
  const open = () => {
    opened ??= import('./answer.ts').then(({ createSignIn }) => createSignIn(world));
    return opened;
  };
  return {
    answer: async (...asked) => (await open()).answer(...asked),
    sessionOf: async (...asked) => (await open()).sessionOf(...asked),
  };
}

/** What answers at the addresses of sign-in where there is none. */
export function noSignIn(): LambdaFunctionURLResult {
  const message = 'nobody signs in here: this Hypervigil takes API tokens only';
  return errorReply({ kind: 'not_found', message });
}

/** The refusal of who did not say who asks; our own pages are told where people sign in. */
export function refusal(
  event: Parameters<typeof isFromOwnPage>[0],
  error: ApiError,
  offersSignIn: boolean,
): LambdaFunctionURLResult {
  const reply = errorReply(error);
  if (typeof reply === 'string' || error.kind !== 'unauthorized' || !isFromOwnPage(event))
    return reply;
  // A browser would ask for a name and a password itself, before our page can say anything.
  const { 'www-authenticate': _, ...headers } = reply.headers ?? {};
  const offer = offersSignIn ? { [OFFER_HEADER]: 'sign-in' } : {};
  return { ...reply, headers: { ...headers, 'www-authenticate': 'Bearer', ...offer } };
}
