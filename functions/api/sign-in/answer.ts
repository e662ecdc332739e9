import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import type { Result } from '../../../core/result.ts';
import type { AuditLog } from '../../store/audit-log.ts';
import type { Session, SessionStore } from '../../store/sessions.ts';
import { type ApiRequest, errorReply } from '../http.ts';
import type { ApiError } from '../reply.ts';
import { createIdTokenVerifier } from './id-token.ts';
import { createSessionKeeper } from './keep-sessions.ts';
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
  /** Whose session the cookie's id is. */
  readonly sessionOf: (id: string) => Promise<Result<Session, ApiError>>;
}

export interface SignInWorld {
  readonly sessions: SessionStore;
  readonly audit: Pick<AuditLog, 'note'>;
  /** The settings as JSON text. */
  readonly askSettings: () => Promise<string>;
  readonly nowMs: () => number;
}

export function createSignIn({ askSettings, ...world }: SignInWorld): SignIn {
  const readSignIn = rememberedSignIn(askSettings);
  const ports: SignInPorts = { ...world, readSignIn, verifyIdToken: createIdTokenVerifier() };
  return {
    sessionOf: createSessionKeeper(ports),
    answer: async (event, { method, path, params }, ownOrigins) => {
      const wanted = path === '/sign-out' ? 'POST' : 'GET';
      if (method !== wanted) {
        const message = `${method} is not ${wanted}`;
        return errorReply({ kind: 'not_allowed', message });
      }
      if (path === '/sign-in') return startSignIn(event, params, ports);
      if (path === '/sign-in/callback') return finishSignIn(event, params, ports);
      const own = checkOwnPage(event, ownOrigins);
      return own.ok ? signOut(event, ports) : errorReply(own.error);
    },
  };
}
