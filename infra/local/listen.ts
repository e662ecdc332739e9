import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ok, type Result } from '../../core/result.ts';
import { errorCode, reasonOf, type StartFailure, startFailure } from './start-failure.ts';

/** The only address anything of the local stack listens on. */
export const LOOPBACK = '127.0.0.1';

/** Listens on the loopback address; port 0 takes a free one. The answer is the port. */
export function listen(server: Server, port: number): Promise<Result<number, StartFailure>> {
  return new Promise((resolve) => {
    server.once('error', (error) => {
      resolve(
        errorCode(error) === 'EADDRINUSE'
          ? startFailure(
              'port',
              `port ${port} is in use: stop the program that uses it, or choose another with --port`,
            )
          : startFailure('port', `can't listen on ${LOOPBACK}:${port}: ${reasonOf(error)}`),
      );
    });
    server.listen(port, LOOPBACK, () => {
      const address = server.address();
      if (!isAddressInfo(address)) throw new Error(`listening on no port but ${address}`);
      resolve(ok(address.port));
    });
  });
}

/** Lets requests under way end for a while, then closes what is left. */
export function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const force = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close((error) => {
      clearTimeout(force);
      if (error === undefined || error === null || errorCode(error) === 'ERR_SERVER_NOT_RUNNING') {
        resolve();
      } else reject(error);
    });
    server.closeIdleConnections();
  });
}

function isAddressInfo(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
