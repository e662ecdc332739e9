import { connect } from 'node:net';

/** What came back for bytes as they stand: clients would mend what an attacker sends. */
export interface RawAnswer {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  readonly text: string;
}

/** Sends the lines with CRLF and an empty one behind them, then the body; reads until the server closes. */
export function sendRaw(port: number, lines: readonly string[], body = ''): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    let text = '';
    socket.setTimeout(20_000, () => socket.destroy(new Error(`no answer to ${lines[0]}`)));
    socket.on('data', (data) => {
      text += data.toString('latin1');
    });
    socket.once('error', (error) => (text === '' ? reject(error) : undefined));
    socket.once('close', () =>
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text }),
    );
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  });
}
