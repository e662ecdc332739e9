import * as v from 'valibot';
import { err, ok, type Result } from '../../../core/result.ts';
import type { TokenFailure } from './failure.ts';
import type { SignInSettings } from './settings.ts';

/** Cognito answers in some 100 ms; a person waits for this. */
const ANSWER_MS = 5000;
/** Tokens are some 4 KB. */
const MAX_ANSWER_BYTES = 100_000;

const tokensSchema = v.object({ id_token: v.string(), refresh_token: v.optional(v.string()) });
const errorSchema = v.object({ error: v.string() });

/** What Cognito gives for a code, or for a refresh token (that stays good, and comes only the first time). */
export interface Tokens {
  readonly idToken: string;
  readonly refreshToken: string | undefined;
}

/** Redeems the code that a browser brought back. Cognito takes each once. */
export function redeemCode(
  settings: SignInSettings,
  code: string,
  verifier: string,
): Promise<Result<Tokens, TokenFailure>> {
  return askTokens(settings, {
    grant_type: 'authorization_code',
    redirect_uri: settings.callbackUrl,
    code,
    code_verifier: verifier,
  });
}

/** A new ID token; `refused` for somebody who was disabled, deleted or signed out everywhere. */
export function renewTokens(
  settings: SignInSettings,
  refreshToken: string,
): Promise<Result<Tokens, TokenFailure>> {
  return askTokens(settings, { grant_type: 'refresh_token', refresh_token: refreshToken });
}

/** Ends a refresh token. That it can't be told is no failure: nobody has it any more. */
export async function revokeToken(settings: SignInSettings, refreshToken: string): Promise<void> {
  await post(settings, '/oauth2/revoke', { token: refreshToken });
}

async function askTokens(
  settings: SignInSettings,
  form: Readonly<Record<string, string>>,
): Promise<Result<Tokens, TokenFailure>> {
  const answer = await post(settings, '/oauth2/token', form);
  if (!answer.ok) return answer;
  const { status, json } = answer.value;
  const tokens = v.safeParse(tokensSchema, json);
  if (status === 200 && tokens.success) {
    const { id_token, refresh_token } = tokens.output;
    return ok({ idToken: id_token, refreshToken: refresh_token });
  }
  const said = v.safeParse(errorSchema, json);
  const error = said.success ? said.output.error : `status ${status}`;
  // Whatever else it says is about this client or its own state, not about the person.
  const code = status === 400 && error === 'invalid_grant' ? 'refused' : 'unreachable';
  return err({ code, message: `Cognito says ${error}` });
}

async function post(
  { domain, clientId }: SignInSettings,
  path: string,
  form: Readonly<Record<string, string>>,
): Promise<Result<{ readonly status: number; readonly json: unknown }, TokenFailure>> {
  try {
    const response = await fetch(new URL(path, domain), {
      method: 'POST',
      body: new URLSearchParams({ ...form, client_id: clientId }),
      headers: { accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const text = await response.text();
    if (text.length > MAX_ANSWER_BYTES) throw new Error(`${text.length} characters`);
    return ok({ status: response.status, json: parseJson(text) });
  } catch (error) {
    const message = `Cognito does not answer: ${error instanceof Error ? error.message : error}`;
    return err({ code: 'unreachable', message });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
