import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent } from 'aws-lambda';
import type { AuditLog } from '../../store/audit-log.ts';
import type { SessionStore } from '../../store/sessions.ts';
import { dataJson } from '../reply.ts';
import {
  clearFlowCookie,
  clearSessionCookie,
  flowCookie,
  sessionCookie,
  setFlowCookie,
  setSessionCookie,
} from './cookies.ts';
import type { TokenFailure } from './failure.ts';
import { authorizeUrl, decodeFlow, encodeFlow, FLOW_LASTS_MS, type Flow, newFlow } from './flow.ts';
import type { Person, VerifyIdToken } from './id-token.ts';
import { SESSION_LASTS_MS } from './lasts.ts';
import type { LowerTokens } from './lower-tokens.ts';
import { noticeReply } from './notice.ts';
import {
  isSameSecret,
  isSessionId,
  newSessionId,
  openToken,
  sealToken,
  sessionHash,
} from './session-secret.ts';
import type { ReadSignIn, SignInSettings } from './settings.ts';
import { redeemCode, revokeToken } from './token-endpoint.ts';

/** What Cognito says of an error, where that is shown. */
const MAX_SAID_CHARS = 200;

type Reply = APIGatewayProxyStructuredResultV2;

export interface SignInPorts {
  readonly sessions: SessionStore;
  readonly audit: Pick<AuditLog, 'note'>;
  readonly readSignIn: ReadSignIn;
  readonly verifyIdToken: VerifyIdToken;
  readonly lowerTokens: LowerTokens;
  readonly nowMs: () => number;
}

const AGAIN = { href: '/sign-in', text: 'Sign in' };

/** `GET /sign-in`: sends the browser to Cognito, with what it must bring back. */
export async function startSignIn(
  event: LambdaFunctionURLEvent,
  params: URLSearchParams,
  { readSignIn, nowMs }: SignInPorts,
): Promise<Reply> {
  const settings = await readSignIn(nowMs());
  if (!settings.ok) return unreachable(settings.error);
  const flow = newFlow(params.get('return'));
  const home = new URL(settings.value.callbackUrl);
  // Cognito comes back to one address, and the cookie must be there. Once: something may stand before this.
  if (home.host !== event.requestContext.domainName && !params.has('moved')) {
    const moved = new URLSearchParams({ moved: '1', return: flow.returnTo });
    return redirect(`${home.origin}/sign-in?${moved}`, []);
  }
  const location = authorizeUrl(settings.value, flow);
  return redirect(location, [setFlowCookie(encodeFlow(flow), FLOW_LASTS_MS)]);
}

/** `GET /sign-in/callback`: Cognito sent the browser back; begins a session, or says why not. */
export async function finishSignIn(
  event: LambdaFunctionURLEvent,
  params: URLSearchParams,
  ports: SignInPorts,
): Promise<Reply> {
  const flow = decodeFlow(flowCookie(event) ?? '');
  if (flow === undefined || !isSameSecret(params.get('state') ?? '', flow.state))
    return notSignedIn(
      'This sign-in did not begin in this browser, or it took too long, or another one began since.',
    );
  const code = params.get('code');
  if (code === null) {
    const said = params.get('error_description') ?? params.get('error') ?? 'no code';
    return notSignedIn(`Cognito says: ${said.slice(0, MAX_SAID_CHARS)}`);
  }
  const settings = await ports.readSignIn(ports.nowMs());
  if (!settings.ok) return unreachable(settings.error);
  const tokens = await redeemCode(settings.value, code, flow.verifier);
  if (!tokens.ok) return failed(tokens.error);
  const { idToken, refreshToken } = tokens.value;
  const person = await ports.verifyIdToken(settings.value, idToken);
  const isOfThis = person.ok && isSameSecret(person.value.nonce ?? '', flow.nonce);
  // It is good for 12 hours, and nobody would ever end it.
  if (!isOfThis && refreshToken !== undefined) await revokeToken(settings.value, refreshToken);
  if (!person.ok) return failed(person.error);
  if (!isOfThis || refreshToken === undefined)
    return notSignedIn('What Cognito sent is not of this sign-in.');
  return admit(event, flow, person.value, refreshToken, settings.value, ports);
}

async function admit(
  event: LambdaFunctionURLEvent,
  flow: Flow,
  { sub, name, role }: Person,
  refreshToken: string,
  settings: SignInSettings,
  { sessions, audit, lowerTokens, nowMs }: SignInPorts,
): Promise<Reply> {
  // What the pool says of a person may be another than when their tokens were made.
  await lowerTokens([name, sub], role);
  if (role === undefined) {
    await revokeToken(settings, refreshToken);
    return withCookies(
      noticeReply({
        status: 403,
        title: 'No role yet',
        text: `You are ${name}, and in none of the groups viewer, operator and admin. Ask whoever runs this Hypervigil for one: npm run user -- --change ${name} --role viewer`,
        links: [AGAIN, { href: logoutUrl(settings), text: 'Sign in as somebody else' }],
      }),
      [clearFlowCookie()],
    );
  }
  const before = sessionCookie(event);
  if (before !== undefined && isSessionId(before)) await sessions.end(sessionHash(before));
  // Always a new one: an id that was there before sign-in is worth nothing after it.
  const id = newSessionId();
  const beganAtMs = nowMs();
  const endsAtMs = beganAtMs + SESSION_LASTS_MS;
  const sealed = sealToken(id, refreshToken);
  const times = { beganAtMs, renewedAtMs: beganAtMs, endsAtMs };
  const isNew = await sessions.put({
    ...{ hash: sessionHash(id), revision: 0, sub, name, role, sealed },
    ...times,
  });
  if (!isNew) throw new Error('a session has the id of another: 192 random bits are not random');
  await audit.note({ who: name, action: 'session.begin', subject: name, after: { role } });
  return redirect(flow.returnTo, [setSessionCookie(id, SESSION_LASTS_MS), clearFlowCookie()]);
}

/**
 * `POST /sign-out`: ends the session here, its refresh token at Cognito, and says where the browser must go
 * so that Cognito forgets it, too. Whoever has no session is told just that.
 */
export async function signOut(event: LambdaFunctionURLEvent, ports: SignInPorts): Promise<Reply> {
  const settings = await ports.readSignIn(ports.nowMs());
  const id = sessionCookie(event);
  if (id !== undefined && isSessionId(id)) {
    const session = await ports.sessions.read(sessionHash(id), ports.nowMs());
    if (session !== undefined) await ports.sessions.end(session.hash);
    const refreshToken = session === undefined ? undefined : openToken(id, session.sealed);
    if (settings.ok && refreshToken !== undefined) await revokeToken(settings.value, refreshToken);
    if (session !== undefined) {
      const { name } = session;
      await ports.audit.note({ who: name, action: 'session.end', subject: name });
    }
  }
  const location = settings.ok ? logoutUrl(settings.value) : null;
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    cookies: [clearSessionCookie()],
    body: dataJson({ json: JSON.stringify({ location }) }),
  };
}

/** Source: docs.aws.amazon.com/cognito, "Logout endpoint". */
function logoutUrl({ domain, clientId, signedOutUrl }: SignInSettings): string {
  const url = new URL('/logout', domain);
  url.search = new URLSearchParams({ client_id: clientId, logout_uri: signedOutUrl }).toString();
  return url.href;
}

function failed(failure: TokenFailure): Reply {
  return failure.code === 'unreachable' ? unreachable(failure) : notSignedIn(failure.message);
}

function unreachable({ message }: TokenFailure): Reply {
  const text = `Nobody can sign in just now: ${message}. API tokens work as ever.`;
  return noticeReply({ status: 503, title: 'Not signed in', text, links: [AGAIN] });
}

function notSignedIn(text: string): Reply {
  const notice = noticeReply({ status: 400, title: 'Not signed in', text, links: [AGAIN] });
  return withCookies(notice, [clearFlowCookie()]);
}

function withCookies(reply: Reply, cookies: string[]): Reply {
  return { ...reply, cookies };
}

function redirect(location: string, cookies: string[]): Reply {
  return { statusCode: 303, headers: { location, 'cache-control': 'no-store' }, cookies };
}
