import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { err, type Result } from '../../../core/result.ts';
import type { Role } from '../../../core/role.ts';
import { guardGuesses } from '../../ingest/guess-guard.ts';
import { createLimiter } from '../../ingest/limiter.ts';
import type { ApiToken } from '../../store/api-tokens.ts';
import type { AuditLog } from '../../store/audit-log.ts';
import type { Session, SessionStore } from '../../store/sessions.ts';
import { type ApiRequest, errorReply } from '../http.ts';
import { SIGN_IN_LIMIT, TOKEN_GUESS_LIMITS } from '../rate-limits.ts';
import type { ApiError } from '../reply.ts';
import { createIdTokenVerifier } from './id-token.ts';
import { createSessionKeeper, over } from './keep-sessions.ts';
import { tokenLowering } from './lower-tokens.ts';
import { checkOwnPage } from './own-page.ts';
import { rememberedSignIn } from './settings.ts';
import { finishSignIn, type SignInPorts, signOut, startSignIn } from './sign-in.ts';

/** How people sign in, where they do. */
export interface SignIn {
  /** Answers the addresses of `isSignInPath`. */
  readonly answer: (
    event: LambdaFunctionURLEvent,
    request: Pick<ApiRequest, 'method' | 'path' | 'params'>,
    ownOrigins: readonly string[],
  ) => Promise<LambdaFunctionURLResult>;
  /** Whose session the cookie's id is that came from an address; `''` where that is not known. */
  readonly sessionOf: (id: string, source: string) => Promise<Result<Session, ApiError>>;
}

export interface SignInWorld {
  readonly sessions: SessionStore;
  readonly audit: Pick<AuditLog, 'note'>;
  /** Ends a person's good tokens, those of roles that are kept excepted, and gives them. */
  readonly endTokens: (
    names: readonly string[],
    kept: Role | undefined,
  ) => Promise<readonly ApiToken[]>;
  /** The settings as JSON text. */
  readonly askSettings: () => Promise<string>;
  readonly nowMs: () => number;
}

export function createSignIn({ askSettings, endTokens, ...world }: SignInWorld): SignIn {
  const { audit, nowMs } = world;
  const ports: SignInPorts = {
    ...world,
    readSignIn: rememberedSignIn(askSettings),
    verifyIdToken: createIdTokenVerifier(),
    lowerTokens: tokenLowering(endTokens, audit),
  };
  const limiter = createLimiter(SIGN_IN_LIMIT);
  return {
    sessionOf: guardedSessions(ports),
    answer: async (event, { method, path, params }, ownOrigins) => {
      const wanted = path === '/sign-out' ? 'POST' : 'GET';
      if (method !== wanted) {
        const message = `${method} is not ${wanted}`;
        return errorReply({ kind: 'not_allowed', message, allowed: [wanted] });
      }
      const waitMs = limiter(event.requestContext.http.sourceIp ?? '', nowMs());
      if (waitMs > 0) {
        const message = 'too many sign in or out from this address: come again in a moment';
        return errorReply({ kind: 'too_many', message, retryAfterMs: waitMs });
      }
      if (path === '/sign-in') return startSignIn(event, params, ports);
      if (path === '/sign-in/callback') return finishSignIn(event, params, ports);
      const own = checkOwnPage(event, ownOrigins);
      return own.ok ? signOut(event, ports) : errorReply(own.error);
    },
  };
}

/** Each id that is nobody's session costs a read of the table, so an address has few of them to try. */
function guardedSessions(ports: SignInPorts): SignIn['sessionOf'] {
  const { remembers, sessionOf } = createSessionKeeper(ports);
  const guarded = guardGuesses<Result<Session, ApiError>>(
    {
      remembers,
      ownerOf: async (id) => {
        const found = await sessionOf(id);
        return found.ok || found.error.kind !== 'unauthorized' ? found : undefined;
      },
    },
    TOKEN_GUESS_LIMITS,
  );
  return async (id, source) => {
    const { owner, waitMs } = await guarded(id, source, ports.nowMs());
    if (waitMs === 0) return owner ?? over();
    const message =
      'too many sessions came that are not known here: yours is looked up in a moment';
    return err({ kind: 'too_many', message, retryAfterMs: waitMs });
  };
}
