/**
 * Loaded into a process before its own code: there the names of Function URLs lead to the front of
 * `function-url-front.ts`. All else, TLS and the names in it included, is as it is anywhere.
 */
import { Socket } from 'node:net';

const FUNCTION_URL_HOST = /\.lambda-url\.[a-z0-9-]+\.on\.aws$/;
const port = Number(process.env['FUNCTION_URL_PORT']);

interface Target {
  readonly host?: unknown;
  readonly port?: unknown;
}

function isFunctionUrl(value: unknown): value is Target {
  if (typeof value !== 'object' || value === null || !('host' in value)) return false;
  return typeof value.host === 'string' && FUNCTION_URL_HOST.test(value.host);
}

function led(target: Target): Target {
  return { ...target, host: '127.0.0.1', port };
}

// `net.connect`, `tls.connect` and `fetch` all come by here.
const { connect } = Socket.prototype;
Object.defineProperty(Socket.prototype, 'connect', {
  value: function (this: Socket, ...args: unknown[]): unknown {
    const [first] = args;
    if (isFunctionUrl(first)) args[0] = led(first);
    // Node's own callers hand over arguments that they have put in order, in one list.
    else if (Array.isArray(first) && isFunctionUrl(first[0])) first[0] = led(first[0]);
    return Reflect.apply(connect, this, args);
  },
});
