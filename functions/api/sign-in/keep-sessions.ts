import { err, ok, type Result } from '../../../core/result.ts';
import { mayAs } from '../../../core/role.ts';
import type { Session, SessionStore } from '../../store/sessions.ts';
import type { ApiError } from '../reply.ts';
import type { VerifyIdToken } from './id-token.ts';
import type { LowerTokens } from './lower-tokens.ts';
import { isSessionId, openToken, sealToken, sessionHash } from './session-secret.ts';
import type { ReadSignIn } from './settings.ts';
import { renewTokens } from './token-endpoint.ts';

/**
 * A warm function believes what it read so long: a session that ends is refused everywhere within it. One
 * read of 1 KB a person and 50 s that a page is open: 864 in 12 hours, $0.0002.
 */
const REMEMBER_MS = 50_000;
/** So often Cognito is asked whether the person may still come in, and as what. */
const RENEW_AFTER_MS = 10 * 60_000;
/** While Cognito does not answer, people go on so long: that may be when they look here. */
const UNRENEWED_MAX_MS = 60 * 60_000;
const RETRY_AFTER_MS = 60_000;
/** Some 1 KB each. */
const MAX_REMEMBERED = 1000;

export interface SessionPorts {
  readonly sessions: Pick<SessionStore, 'read' | 'put' | 'end'>;
  readonly readSignIn: ReadSignIn;
  readonly verifyIdToken: VerifyIdToken;
  readonly lowerTokens: LowerTokens;
  readonly nowMs: () => number;
}

export interface SessionKeeper {
  /** Whose session an id is, as of less than a minute ago. */
  readonly sessionOf: (id: string) => Promise<Result<Session, ApiError>>;
  /** Was it a session a while ago, or does `sessionOf` answer without asking the table? */
  readonly remembers: (id: string) => boolean;
}

interface Remembered {
  readonly session: Session | undefined;
  readonly atMs: number;
}

/** Remembers sessions and renews them with Cognito, so that it notices who must not come in any more. */
export function createSessionKeeper(ports: SessionPorts): SessionKeeper {
  const known = new Map<string, Remembered>();
  const asked = new Map<string, Promise<Result<Session, ApiError>>>();
  const triedAtMs = new Map<string, number>();

  const remember = (hash: string, session: Session | undefined) => {
    known.delete(hash);
    const oldest = known.keys().next().value;
    if (known.size >= MAX_REMEMBERED && oldest !== undefined) {
      known.delete(oldest);
      triedAtMs.delete(oldest);
    }
    known.set(hash, { session, atMs: ports.nowMs() });
  };

  const find = async (id: string, hash: string): Promise<Result<Session, ApiError>> => {
    const nowMs = ports.nowMs();
    const session = await ports.sessions.read(hash, nowMs);
    const isDue = session !== undefined && nowMs >= session.renewedAtMs + RENEW_AFTER_MS;
    const mayTry = nowMs >= (triedAtMs.get(hash) ?? 0) + RETRY_AFTER_MS;
    const found = isDue && mayTry ? await renew(id, session) : session;
    if (found?.renewedAtMs === session?.renewedAtMs && isDue && mayTry) triedAtMs.set(hash, nowMs);
    remember(hash, found);
    return checked(found, nowMs);
  };

  const renew = async (id: string, session: Session): Promise<Session | undefined> => {
    const renewed = await renewedSession(id, session, ports);
    if (renewed === 'over') {
      // Another function may have had a new refresh token for the one that is no good here any more.
      const now = await ports.sessions.read(session.hash, ports.nowMs());
      if (now !== undefined && now.revision !== session.revision) return now;
      await ports.sessions.end(session.hash);
      return undefined;
    }
    if (renewed === 'unknown') return session;
    // If another function was first, what it wrote is as new.
    if (await ports.sessions.put(renewed)) return { ...renewed, revision: renewed.revision + 1 };
    return ports.sessions.read(session.hash, ports.nowMs());
  };

  const recall = (hash: string, nowMs: number): Remembered | undefined => {
    const entry = known.get(hash);
    if (entry === undefined || nowMs < entry.atMs) return undefined;
    return nowMs < entry.atMs + REMEMBER_MS ? entry : undefined;
  };

  return {
    remembers: (id) => {
      if (!isSessionId(id)) return true;
      const hash = sessionHash(id);
      return known.get(hash)?.session !== undefined || recall(hash, ports.nowMs()) !== undefined;
    },
    sessionOf: async (id) => {
      if (!isSessionId(id)) return over();
      const hash = sessionHash(id);
      const nowMs = ports.nowMs();
      const entry = recall(hash, nowMs);
      if (entry !== undefined) return checked(entry.session, nowMs);
      // A page asks for several things at once.
      const running = asked.get(hash) ?? find(id, hash).finally(() => asked.delete(hash));
      asked.set(hash, running);
      return running;
    },
  };
}

function checked(session: Session | undefined, nowMs: number): Result<Session, ApiError> {
  if (session === undefined || session.endsAtMs <= nowMs) return over();
  if (nowMs < session.renewedAtMs + UNRENEWED_MAX_MS) return ok(session);
  const message = `Cognito has not said for an hour whether ${session.name} may still come in`;
  return err({ kind: 'unavailable', message, retryAfterMs: RETRY_AFTER_MS });
}

/** What is said to who has no session, or none any more. */
export function over(): Result<never, ApiError> {
  return err({ kind: 'unauthorized', message: 'the session is over: sign in again' });
}

async function renewedSession(
  id: string,
  session: Session,
  { readSignIn, verifyIdToken, lowerTokens, nowMs }: SessionPorts,
): Promise<Session | 'over' | 'unknown'> {
  const refreshToken = openToken(id, session.sealed);
  if (refreshToken === undefined) return 'over';
  const settings = await readSignIn(nowMs());
  if (!settings.ok) return 'unknown';
  const tokens = await renewTokens(settings.value, refreshToken);
  if (!tokens.ok) return tokens.error.code === 'refused' ? 'over' : 'unknown';
  const person = await verifyIdToken(settings.value, tokens.value.idToken);
  if (!person.ok) return person.error.code === 'refused' ? 'over' : 'unknown';
  const { sub, name, role } = person.value;
  if (sub !== session.sub) return 'over';
  if (role === undefined || !mayAs(role, session.role))
    await lowerTokens([name, session.name, sub], role);
  if (role === undefined) return 'over';
  const rotated = tokens.value.refreshToken;
  const sealed = rotated === undefined ? session.sealed : sealToken(id, rotated);
  return { ...session, name, role, sealed, renewedAtMs: nowMs() };
}
