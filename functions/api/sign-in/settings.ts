import * as v from 'valibot';
import { err, ok, type Result } from '../../../core/result.ts';
import { createLog } from '../../log/log.ts';
import { remembered } from '../../store/remembered.ts';
import type { TokenFailure } from './failure.ts';

const log = createLog('api');

const url = v.pipe(v.string(), v.url());

const schema = v.object({
  /** Of the user pool, as its tokens name it. */
  issuer: url,
  /** Where the pool's public keys are. */
  keysUrl: url,
  clientId: v.pipe(v.string(), v.nonEmpty()),
  /** Where the pool's own pages are: `https://PREFIX.auth.REGION.amazoncognito.com`. */
  domain: url,
  /** Where Cognito sends people back to: this API under the address people know. */
  callbackUrl: url,
  /** Where it sends them when they signed out. */
  signedOutUrl: url,
});

/** Where and how people sign in. */
export type SignInSettings = v.InferOutput<typeof schema>;

/** What changes shows so much later. A deployment may change a client or an address. */
const REMEMBER_MS = 10 * 60_000;

/** Gives the settings, asked for when they are first needed; `unreachable` when they can't be had. */
export type ReadSignIn = (nowMs: number) => Promise<Result<SignInSettings, TokenFailure>>;

/** Settings that `ask` gives as JSON text. */
export function rememberedSignIn(ask: () => Promise<string>): ReadSignIn {
  const read = remembered(async () => v.parse(schema, JSON.parse(await ask())), REMEMBER_MS);
  return async (nowMs) => {
    try {
      return ok(await read(nowMs));
    } catch (error) {
      log.error('no settings of sign-in', { error });
      return err({
        code: 'unreachable',
        message: "the settings of sign-in can't be read just now",
      });
    }
  };
}

/**
 * The parameter of that name: what it tells of is made after the function, of its address. What asks for it is
 * loaded only then, as programs come without.
 */
export async function readParameter(name: string): Promise<string> {
  const { parameterText } = await import('./parameter.ts');
  return parameterText(name);
}
