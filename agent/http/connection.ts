import { connect, isIP, type Socket } from 'node:net';
import { AnswerParser, type HttpAnswer } from './answer-parser.ts';

export interface ConnectionOptions {
  /** Certificates (PEM) to trust, and no others; without them those that Node trusts. */
  readonly ca?: readonly string[] | undefined;
  readonly answerMaxBytes: number;
  /** A Unix socket to connect to, whatever host the address names. */
  readonly socketPath?: string;
}

/** The server had closed a kept connection before it answered: that says nothing about the server. */
export class StaleConnectionError extends Error {}

/**
 * Sends requests to one server over a connection that is kept. Node's own client does
 * the same; its modules and objects take 0.7 MB of memory more.
 */
export class HttpConnection {
  readonly #target: URL;
  readonly #answerMaxBytes: number;
  readonly #socketPath: string | undefined;
  #ca: readonly string[] | undefined;
  #socket: Socket | undefined;
  /** Takes the idle connection out of what watches it. */
  #wake: () => void = () => undefined;
  /** Of the TLS connection before: the next one needs no whole handshake. */
  #session: Buffer | undefined;

  constructor(target: URL, { ca, answerMaxBytes, socketPath }: ConnectionOptions) {
    this.#target = target;
    this.#ca = ca;
    this.#answerMaxBytes = answerMaxBytes;
    this.#socketPath = socketPath;
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
    const { pathname, search } = this.#target;
    return this.#send([this.#headOf(`POST ${pathname}${search}`, headers), body], signal);
  }

  /** The answer to a GET of a path. Rejects as `post` does. */
  async get(path: string, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#send([this.#headOf(`GET ${path}`, {})], signal);
  }

  #headOf(request: string, headers: Readonly<Record<string, string | number>>): string {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const head = [`${request} HTTP/1.1`, `host: ${this.#target.host}`, ...lines];
    if (head.some((line) => /[^\t\x20-\x7e]/.test(line)))
      throw new Error(`${request}: a header has control characters`);
    return `${head.join('\r\n')}\r\n\r\n`;
  }

  async #send(request: readonly (string | Uint8Array)[], signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const kept = this.#socket;
    const socket = kept ?? this.#open();
    this.#socket = undefined;
    if (kept !== undefined) this.#wake();
    const answer = await exchange(
      { socket, isKept: kept !== undefined, signal },
      request,
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
    // Two that were under way at once: one is enough to keep.
    this.close();
    this.#socket = socket;
    for (const event of IDLE_EVENTS) socket.on(event, forget);
    socket.unref();
    this.#wake = () => {
      for (const event of IDLE_EVENTS) socket.off(event, forget);
      socket.ref();
    };
  }

  #open(): Socket {
    if (this.#socketPath !== undefined) return connect(this.#socketPath);
    const { protocol, port } = this.#target;
    const hostname = this.#target.hostname.replace(/^\[(.*)\]$/, '$1');
    if (protocol === 'http:') {
      return connect({ host: hostname, port: Number(port || 80), ...SOCKET_OPTIONS });
    }
    // TLS is the largest part of Node that we use: where it is not needed it is not loaded. To
    // `import` it would read all its exports, the list of root certificates too.
    const tls = process.getBuiltinModule('node:tls');
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
  request: readonly (string | Uint8Array)[],
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
    socket.cork();
    for (const part of request) socket.write(part);
    socket.uncork();
  });
}

function cut(): Error {
  return Object.assign(new Error('the connection was cut'), { code: 'ECONNRESET' });
}
