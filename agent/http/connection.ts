import { connect, isIP, type Socket } from 'node:net';
import { AnswerParser, type HttpAnswer } from './answer-parser.ts';

export interface ConnectionOptions {
  /** Certificates (PEM) to trust, and no others; without them those that Node trusts. */
  readonly ca?: readonly string[] | undefined;
  readonly answerMaxBytes: number;
}

/** The server had closed a kept connection before it answered: that says nothing about the server. */
export class StaleConnectionError extends Error {}

/**
 * Sends requests to one server, one at a time, over a connection that is kept. Node's own client does
 * the same; its modules and objects take 0.7 MB of memory more.
 */
export class HttpConnection {
  readonly #target: URL;
  readonly #answerMaxBytes: number;
  #ca: readonly string[] | undefined;
  #socket: Socket | undefined;
  /** Takes the idle connection out of what watches it. */
  #wake: () => void = () => undefined;
  /** Of the TLS connection before: the next one needs no whole handshake. */
  #session: Buffer | undefined;

  constructor(target: URL, { ca, answerMaxBytes }: ConnectionOptions) {
    this.#target = target;
    this.#ca = ca;
    this.#answerMaxBytes = answerMaxBytes;
  }

  /** Whom to trust from the next connection on. */
  trust(ca: readonly string[] | undefined): void {
    this.#ca = ca;
    this.close();
    this.#session = undefined;
  }

  /** The answer to a POST. Rejects when there is none, or the signal is given. */
  async post(
    headers: Readonly<Record<string, string | number>>,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const kept = this.#socket;
    const socket = kept ?? (await this.#open());
    this.#socket = undefined;
    if (kept !== undefined) this.#wake();
    const answer = await exchange(
      { socket, isKept: kept !== undefined, signal },
      [headOf(this.#target, headers), body],
      new AnswerParser(this.#answerMaxBytes),
    );
    if (answer.isKept && !socket.destroyed && socket.writable) this.#keep(socket);
    else socket.destroy();
    return answer;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  /** An idle connection does not keep the process, and is forgotten when the server ends it. */
  #keep(socket: Socket): void {
    const forget = () => {
      if (this.#socket === socket) this.#socket = undefined;
      socket.destroy();
    };
    this.#socket = socket;
    for (const event of IDLE_EVENTS) socket.on(event, forget);
    socket.unref();
    this.#wake = () => {
      for (const event of IDLE_EVENTS) socket.off(event, forget);
      socket.ref();
    };
  }

  async #open(): Promise<Socket> {
    const { protocol, port } = this.#target;
    const hostname = this.#target.hostname.replace(/^\[(.*)\]$/, '$1');
    if (protocol === 'http:') {
      return connect({ host: hostname, port: Number(port || 80), ...SOCKET_OPTIONS });
    }
    // TLS is the largest part of Node that we use: where it is not needed it is not loaded.
    const tls = await import('node:tls');
    const socket = tls.connect({
      host: hostname,
      port: Number(port || 443),
      ALPNProtocols: ['http/1.1'],
      ...SOCKET_OPTIONS,
      ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
      ...(this.#ca === undefined ? {} : { ca: [...this.#ca] }),
      ...(this.#session === undefined ? {} : { session: this.#session }),
    });
    socket.on('session', (session: Buffer) => {
      this.#session = session;
    });
    return socket;
  }
}

/** An idle connection that says anything is at its end. */
const IDLE_EVENTS = ['error', 'end', 'close', 'data'] as const;

/** Routers on the way forget a connection on which nothing moves. */
const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 };

interface Exchange {
  readonly socket: Socket;
  readonly isKept: boolean;
  readonly signal: AbortSignal;
}

/** Writes the request and reads the answer; whatever fails ends the connection. */
function exchange(
  { socket, isKept, signal }: Exchange,
  [head, body]: readonly [string, Uint8Array],
  parser: AnswerParser,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let hasAnswered = false;
    const finish = () => {
      socket.off('data', onData).off('end', onEnd).off('error', fail).off('close', onClose);
      signal.removeEventListener('abort', giveUp);
    };
    const fail = (error: Error) => {
      finish();
      // What else goes wrong on it has nobody to hear it.
      socket.on('error', () => undefined).destroy();
      const wasCut = 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(isKept && wasCut && !hasAnswered ? new StaleConnectionError() : error);
    };
    const take = (read: () => HttpAnswer | undefined) => {
      try {
        const answer = read();
        if (answer === undefined) return false;
        finish();
        resolve(answer);
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)));
      }
      return true;
    };
    const onData = (bytes: Buffer) => {
      hasAnswered = true;
      take(() => parser.push(bytes));
    };
    const onEnd = () => take(() => parser.end()) || fail(cut());
    const onClose = () => fail(cut());
    const giveUp = () => fail(signal.reason);
    socket.on('data', onData).on('end', onEnd).on('error', fail).on('close', onClose);
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) return giveUp();
    socket.write(head, 'latin1');
    socket.write(body);
  });
}

function cut(): Error {
  return Object.assign(new Error('the connection was cut'), { code: 'ECONNRESET' });
}

function headOf(target: URL, headers: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(headers).map(([name, value]) => {
    const text = String(value);
    if (/[^\t\x20-\x7e]/.test(text)) throw new Error(`header ${name}: has control characters`);
    return `${name}: ${text}\r\n`;
  });
  return `POST ${target.pathname}${target.search} HTTP/1.1\r\nhost: ${target.host}\r\n${lines.join('')}\r\n`;
}
