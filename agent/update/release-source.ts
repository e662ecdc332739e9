import type { IncomingMessage } from 'node:http';
import * as v from 'valibot';
import {
  AGENT_FILES_PATH,
  type AgentRelease,
  RELEASE_FILE,
  RELEASE_SIGNATURE_FILE,
} from '../../core/agent-release/release.ts';
import type { Result } from '../../core/result.ts';
import { messageOf } from '../log.ts';
import { get } from './get.ts';
import { type Attempt, persist, type RetryPorts } from './retry.ts';
import { readSignedRelease } from './signature.ts';

/** A deployment that offers a release, and how it is asked. */
export interface ReleaseSource {
  readonly url: URL;
  readonly bearer: string;
  /** The version that asks. */
  readonly version: string;
  readonly idleMs: number;
  readonly retry: RetryPorts;
  readonly signal: AbortSignal;
}

/** A release as it was signed, to be checked again by others. */
export interface SignedRelease {
  readonly release: AgentRelease;
  readonly description: Buffer;
  readonly signature: string;
}

const DESCRIPTION_MAX_BYTES = 64 << 10;
const SIGNATURE_MAX_BYTES = 1 << 10;
const ERROR_MAX_BYTES = 64 << 10;

const ErrorAnswer = v.object({ error: v.object({ message: v.string() }) });

/** The release that the deployment offers, if the holder of the key signed it. */
export function fetchRelease(
  source: ReleaseSource,
  publicKey: string,
): Promise<Result<SignedRelease, string>> {
  let mismatches = 0;
  return persist(async () => {
    const description = await fetchWhole(source, RELEASE_FILE, DESCRIPTION_MAX_BYTES);
    if (description.kind !== 'done') return description;
    const signature = await fetchWhole(source, RELEASE_SIGNATURE_FILE, SIGNATURE_MAX_BYTES);
    if (signature.kind !== 'done') return signature;
    const text = signature.value.toString('latin1');
    const release = readSignedRelease(description.value, text, publicKey);
    if (!release.ok) {
      mismatches += 1;
      // Between the two the deployment may have got another release, once.
      const kind = mismatches === 1 ? 'later' : 'refused';
      return { kind, message: `${source.url.host}: ${release.error}` };
    }
    const signed = { description: description.value, signature: text, release: release.value };
    return { kind: 'done', value: signed };
  }, source.retry);
}

/**
 * Asks for a file of the release; `done` with the answer whose body is to be read, of status 200, or
 * 206 or 416 where a part was asked for.
 */
export async function ask(
  source: ReleaseSource,
  name: string,
  fromByte = 0,
): Promise<Attempt<IncomingMessage>> {
  const { url, bearer, version, idleMs, signal } = source;
  const target = new URL(`${url.pathname.replace(/\/+$/, '')}${AGENT_FILES_PATH}${name}`, url);
  const headers = {
    'user-agent': `hypervigil-agent/${version}`,
    ...(fromByte > 0 ? { range: `bytes=${fromByte}-` } : {}),
  };
  try {
    const answer = await get(target, { bearer, headers, idleMs, signal });
    const status = answer.statusCode ?? 0;
    if (status === 200) return { kind: 'done', value: answer };
    if (fromByte > 0 && (status === 206 || status === 416)) return { kind: 'done', value: answer };
    return await refusalOf(answer, `${url.host} answered ${status} for ${name}`);
  } catch (error) {
    return laterFor(error, source);
  }
}

/** An attempt that a network failed. Throws again where it was us who ended it. */
export function laterFor(
  error: unknown,
  { url, signal }: ReleaseSource,
  hasProgressed = false,
): Attempt<never> {
  signal.throwIfAborted();
  const reason = messageOf(error);
  // Node's word for an answer that broke off.
  const cause = reason === 'aborted' ? 'the connection was cut' : reason;
  return { kind: 'later', message: `${url.host}: ${cause}`, hasProgressed };
}

async function fetchWhole(
  source: ReleaseSource,
  name: string,
  maxBytes: number,
): Promise<Attempt<Buffer>> {
  const answer = await ask(source, name);
  if (answer.kind !== 'done') return answer;
  try {
    return { kind: 'done', value: await readWhole(answer.value, maxBytes) };
  } catch (error) {
    return laterFor(error, source);
  }
}

async function readWhole(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer) {
    bytes += part.length;
    if (bytes > maxBytes) throw new Error(`an answer of more than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function refusalOf(answer: IncomingMessage, what: string): Promise<Attempt<never>> {
  const status = answer.statusCode ?? 0;
  const body = await readWhole(answer, ERROR_MAX_BYTES).catch(() => Buffer.alloc(0));
  const said = errorMessageOf(body.toString('utf8'));
  const message = said === undefined ? what : `${what}: ${said}`;
  if (status !== 429 && status < 500) return { kind: 'refused', message };
  const seconds = answer.headers['retry-after'];
  const isNumber = seconds !== undefined && /^\d{1,6}$/.test(seconds);
  return { kind: 'later', message, afterMs: isNumber ? Number(seconds) * 1000 : undefined };
}

function errorMessageOf(text: string): string | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return v.is(ErrorAnswer, json) ? json.error.message : undefined;
  } catch {
    return undefined;
  }
}
