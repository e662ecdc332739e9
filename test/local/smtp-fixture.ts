import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { LOOPBACK } from '../../infra/local/listen.ts';

/** An email as the server got it. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: string[];
  /** Headers and body. */
  readonly source: string;
}

export interface SmtpFixture {
  readonly port: number;
  readonly received: ReceivedMail[];
  readonly close: () => Promise<void>;
}

/** A real SMTP server that knows one user, `watch` with `p@ss`. Port 0 takes a free one. */
export async function startSmtpServer(port = 0): Promise<SmtpFixture> {
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      username === 'watch' && password === 'p@ss'
        ? done(null, { user: username })
        : done(new Error('wrong password')),
    onData: (stream, { envelope }, done) => {
      void text(stream).then((source) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        received.push({ from, to: envelope.rcptTo.map(({ address }) => address), source });
        done();
      });
    },
  });
  const bound = await new Promise<number>((resolve) => {
    const net = server.listen(port, LOOPBACK, () => {
      const address = net.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  return {
    port: bound,
    received,
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}
