import { readFileSync } from 'node:fs';
import { ENROLMENT_TOKEN_FORMAT, isHostName } from '../core/enrolment.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { EnrolmentOutcome, EnrolmentRequest } from './enrolment-request.ts';
import { hostInKeyFile, openPendingKey, type PendingKey } from './key-file.ts';
import type { Log } from './log.ts';

/** Where the token may come from beside the command line. */
const TOKEN_VARIABLE = 'HYPERVIGIL_ENROLMENT_TOKEN';

/** Ten thousand hosts may want to enrol at the same time: 4 minutes' work for the deployment. */
const KEEP_TRYING_MS = 10 * 60_000;
const RETRY_MIN_MS = 1000;
const RETRY_MAX_MS = 30_000;

/** As commander hands them over. */
export interface EnrolFlags {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly rotate?: boolean;
  readonly replace?: boolean;
  readonly user?: string;
}

export interface EnrolSettings {
  readonly url: URL;
  readonly host: string;
  readonly keyFile: string;
  /**
   * `first`: a host that has a key keeps it. `replace`: it gets another for a token. `rotate`: it
   * gets another for the one it has.
   */
  readonly mode: 'first' | 'replace' | 'rotate';
  /** Who is to own the key file; absent: who runs this. */
  readonly user?: string | undefined;
}

export interface EnrolPorts {
  readonly readToken: () => Result<string, string>;
  readonly readKey: () => string;
  readonly request: (request: EnrolmentRequest) => Promise<EnrolmentOutcome>;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** 0 to 1. */
  readonly random: () => number;
  readonly monotonicMs: () => number;
  readonly version: string;
  readonly log: Log;
}

/**
 * Gets this host a key and keeps it in its file; the answer is one line that says so, the error one
 * that says why not. It may be broken off at any point and run again. Throws where a file can't be
 * written.
 */
export async function enroll(
  { url, host, keyFile, mode, user }: EnrolSettings,
  ports: EnrolPorts,
): Promise<Result<string, string>> {
  if (!isHostName(host))
    return err(`"${host}" can't name a host: no spaces, the first letter not "@"`);
  const holder = hostInKeyFile(keyFile);
  if (mode === 'first' && holder !== undefined) {
    if (holder === '' || holder === host)
      return ok(
        `${keyFile} holds a key already, so nothing was done. --rotate exchanges it, --replace forgets it`,
      );
    ports.log(`the key in ${keyFile} is of host ${holder}: this one gets its own`);
  }
  const secret = mode === 'rotate' ? ok(ports.readKey()) : ports.readToken();
  if (!secret.ok) return secret;
  const pending = openPendingKey(keyFile, { host, origin: url.origin }, user);
  const outcome = await untilDecided(
    { url, secret: secret.value, host, key: pending.key, version: ports.version },
    ports,
  );
  return conclude(outcome, pending, { host, keyFile });
}

function conclude(
  outcome: EnrolmentOutcome,
  pending: PendingKey,
  { host, keyFile }: { readonly host: string; readonly keyFile: string },
): Result<string, string> {
  switch (outcome.kind) {
    case 'refused':
      pending.drop();
      return err(outcome.message);
    case 'later':
      // It may have been granted: the key stays, for the next time.
      return err(`${outcome.message}. Run the same command again`);
    case 'granted': {
      pending.keep();
      const old =
        outcome.oldKeyEndsAt === undefined ? '' : `; the one before ends ${outcome.oldKeyEndsAt}`;
      return ok(`host ${host} has its key, in ${keyFile}${old}`);
    }
  }
}

/** Asks until there is an answer or the time is over, with full jitter. */
async function untilDecided(
  request: EnrolmentRequest,
  { request: ask, sleep, random, monotonicMs, log }: EnrolPorts,
): Promise<EnrolmentOutcome> {
  const endMs = monotonicMs() + KEEP_TRYING_MS;
  for (let tries = 0; ; tries++) {
    const outcome = await ask(request);
    if (outcome.kind !== 'later') return outcome;
    const spreadMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** tries);
    const waitMs = Math.ceil((outcome.afterMs ?? 0) + random() * spreadMs);
    if (monotonicMs() + waitMs > endMs) return outcome;
    log(`${outcome.message}; again in ${(waitMs / 1000).toFixed(1)} s`);
    await sleep(waitMs);
  }
}

/**
 * The enrolment token: from a file (`-`: standard input), the environment, or the command line. What
 * came on the command line is at once taken out of what others see of this process; for the blink
 * before, and in the shell's history, it was there.
 */
export function readEnrolmentToken(
  { token, tokenFile }: EnrolFlags,
  environment: Record<string, string | undefined>,
): Result<string, string> {
  const given = environment[TOKEN_VARIABLE];
  // For what we start: children need not inherit it.
  delete environment[TOKEN_VARIABLE];
  if (token !== undefined && tokenFile !== undefined)
    return err('--token and --token-file: give one of them');
  let text = token ?? given ?? '';
  let from = token === undefined ? TOKEN_VARIABLE : '--token';
  if (tokenFile !== undefined) {
    from = tokenFile === '-' ? 'standard input' : tokenFile;
    text = readFileSync(tokenFile === '-' ? 0 : tokenFile, 'utf8');
  } else if (text === '') {
    return err(
      `no enrolment token: give a file with it (--token-file FILE, "-" for standard input) or set ${TOKEN_VARIABLE}`,
    );
  }
  const trimmed = text.trim();
  if (ENROLMENT_TOKEN_FORMAT.test(trimmed)) return ok(trimmed);
  return err(`${from}: this is no enrolment token: one is "hve_" and 32 letters`);
}
