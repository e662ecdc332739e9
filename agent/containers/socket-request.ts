import { Agent, request } from 'node:http';
import { err, ok, type Result } from '../../core/result.ts';
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

/** One connection that is kept for the next call. */
const agent = new Agent({ keepAlive: true, maxSockets: 2, maxFreeSockets: 1 });

/** The body of `GET path` through a Unix socket, whole within the time. */
export function getFromSocket(
  socketPath: string,
  path: string,
  withinMs: number,
): Promise<Result<string, SocketError>> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(withinMs);
    const fail = (error: unknown) => {
      const code = CODES[errorCode(error)] ?? 'failed';
      const reason = signal.aborted ? `no answer within ${withinMs} ms` : String(error);
      resolve(err({ code, message: `${socketPath}: ${reason}` }));
    };
    const call = request({ socketPath, path, agent, signal, headers: { host: 'localhost' } });
    call.on('error', fail);
    call.on('response', (response) => {
      const parts: Buffer[] = [];
      let length = 0;
      response.on('data', (part: Buffer) => {
        length += part.length;
        if (length > RESPONSE_MAX_BYTES) call.destroy(new Error('its answer is too long'));
        else parts.push(part);
      });
      response.on('error', fail);
      response.on('end', () => {
        const body = Buffer.concat(parts).toString();
        if (response.statusCode === 200) resolve(ok(body));
        else {
          const told = `status ${response.statusCode}: ${body.slice(0, 200).trim()}`;
          resolve(err({ code: 'failed', message: `${socketPath}: ${path}: ${told}` }));
        }
      });
    });
    call.end();
  });
}
