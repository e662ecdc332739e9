import { err, ok, type Result } from '../../core/result.ts';
import { HttpConnection, StaleConnectionError } from '../http/connection.ts';
import { errorCode } from '../proc/host-files.ts';

/** More than the list of 2,000 containers. */
const RESPONSE_MAX_BYTES = 8 << 20;

/** Why a socket gave no answer: `absent` where there is none, `denied` where we may not. */
export interface SocketError {
  readonly code: 'absent' | 'denied' | 'refused' | 'failed';
  readonly message: string;
}

const CODES: Readonly<Record<string, SocketError['code']>> = {
  ENOENT: 'absent',
  ENOTDIR: 'absent',
  EACCES: 'denied',
  EPERM: 'denied',
  ECONNREFUSED: 'refused',
};

/** By the socket's path: one connection that is kept for the next call. There are two runtimes. */
const connections = new Map<string, HttpConnection>();

function connectionTo(socketPath: string): HttpConnection {
  const known = connections.get(socketPath);
  if (known !== undefined) return known;
  const options = { socketPath, answerMaxBytes: RESPONSE_MAX_BYTES };
  const made = new HttpConnection(new URL('http://localhost'), options);
  connections.set(socketPath, made);
  return made;
}

/** The body of `GET path` through a Unix socket, whole within the time. */
export async function getFromSocket(
  socketPath: string,
  path: string,
  withinMs: number,
): Promise<Result<string, SocketError>> {
  const signal = AbortSignal.timeout(withinMs);
  try {
    const { status, body } = await get(connectionTo(socketPath), path, signal);
    const text = body.toString('utf8');
    if (status === 200) return ok(text);
    const told = `status ${status}: ${text.slice(0, 200).trim()}`;
    return err({ code: 'failed', message: `${socketPath}: ${path}: ${told}` });
  } catch (error) {
    const code = CODES[errorCode(error)] ?? 'failed';
    const reason = signal.aborted ? `no answer within ${withinMs} ms` : String(error);
    return err({ code, message: `${socketPath}: ${reason}` });
  }
}

/** A kept connection may have ended with the runtime it led to. */
async function get(connection: HttpConnection, path: string, signal: AbortSignal) {
  try {
    return await connection.get(path, signal);
  } catch (error) {
    if (!(error instanceof StaleConnectionError)) throw error;
    return await connection.get(path, signal);
  }
}
