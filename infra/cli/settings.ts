import { readFileSync } from 'node:fs';
import { ok } from '../../core/result.ts';
import { errorCode, reasonOf } from '../local/start-failure.ts';
import { type ApiClient, createClient } from './client.ts';
import { type Outcome, trouble, usage } from './failure.ts';

/** Where Hypervigil is, as commander hands it over. */
export interface ConnectionFlags {
  readonly url?: string;
  readonly tokenFile?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What `npm start` listens on and writes, run in the same folder. */
const DEFAULT_URL = 'http://127.0.0.1:9470';
const DEFAULT_TOKEN_FILE = '.hypervigil/keys/api.token';

/** A client from flags, then environment, then where `npm start` is; or what is wrong with them. */
export function connect(flags: ConnectionFlags, environment: Environment): Outcome<ApiClient> {
  const text = flags.url ?? given(environment, 'HYPERVIGIL_URL') ?? DEFAULT_URL;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    return usage(`--url ${text}: give an address such as ${DEFAULT_URL}`);
  const token = readToken(flags.tokenFile ?? given(environment, 'HYPERVIGIL_TOKEN_FILE'));
  return token.ok ? ok(createClient(url.href, token.value)) : token;
}

function readToken(given: string | undefined): Outcome<string> {
  const file = given ?? DEFAULT_TOKEN_FILE;
  try {
    const token = readFileSync(file, 'utf8').trim();
    if (/^[\x21-\x7e]+$/.test(token)) return ok(token);
    return trouble(`${file}: there is no token in it`);
  } catch (error) {
    if (given === undefined && errorCode(error) === 'ENOENT')
      return usage(
        `no token: ${file} is not here. Run this where "npm start" runs, or name a file with --token-file or HYPERVIGIL_TOKEN_FILE`,
      );
    return trouble(`can't read the token in ${file}: ${reasonOf(error)}`);
  }
}

/** Set and not empty. */
export function given(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === '' ? undefined : value;
}
