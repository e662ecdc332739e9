import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { afterEach, expect, test } from 'vitest';
import { LOOPBACK, listen } from '../../infra/local/listen.ts';
import { createMailer, type Mailer } from '../../infra/local/mail.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

interface Received {
  readonly from: string;
  readonly to: string[];
  readonly source: string;
}

/** A real SMTP server that knows one user. */
async function smtpServer(): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = [];
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
  const port = await new Promise<number>((resolve) => {
    const net = server.listen(0, LOOPBACK, () => {
      const address = net.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  undo.push(() => new Promise<void>((resolve) => server.close(resolve)));
  return { port, received };
}

function mailerTo(port: number, pass = 'p@ss'): Mailer {
  const mailer = createMailer({
    server: { host: LOOPBACK, port, secure: false },
    login: { user: 'watch', pass },
    from: 'hypervigil@example.org',
    to: ['ops@example.org', 'boss@example.org'],
  });
  undo.push(() => mailer.close());
  return mailer;
}

const MESSAGE = {
  messageId: '1',
  topicArn: 'arn:aws:sns:local:000000000000:hypervigil-critical',
  subject: '[FIRING] VmDown: web-1',
  texts: { default: '{}', email: 'web-1 is down.\n\nIt crashed.\n', sms: 'web-1 down' },
  attributes: {},
};

test('a message arrives as a plain email with its subject and its email text', async () => {
  const { port, received } = await smtpServer();
  await mailerTo(port).deliver(MESSAGE);
  expect(received).toHaveLength(1);
  expect(received[0]?.from).toBe('hypervigil@example.org');
  expect(received[0]?.to).toEqual(['ops@example.org', 'boss@example.org']);
  expect(received[0]?.source).toContain('Subject: [FIRING] VmDown: web-1\r\n');
  expect(received[0]?.source).toContain('\r\n\r\nweb-1 is down.\r\n\r\nIt crashed.\r\n');
});

test('the check is silent when the server takes the login', async () => {
  const { port } = await smtpServer();
  expect(await mailerTo(port).check()).toBeUndefined();
});

test('a wrong password is one line with the server, without the password', async () => {
  const { port } = await smtpServer();
  const mailer = mailerTo(port, 'secret');
  const problem = await mailer.check();
  expect(problem).toMatch(new RegExp(`^SMTP 127.0.0.1:${port}: .*wrong password`));
  expect(problem).not.toContain('\n');
  expect(problem).not.toContain('secret');
  await expect(mailer.deliver(MESSAGE)).rejects.toThrow('wrong password');
});

test('a server that is not there fails the delivery, so that it is tried again', async () => {
  const { createServer } = await import('node:http');
  const server = createServer();
  const port = await listen(server, 0);
  if (!port.ok) throw new Error(port.error.message);
  await new Promise((resolve) => server.close(resolve));
  await expect(mailerTo(port.value).deliver(MESSAGE)).rejects.toThrow(/SMTP 127.*ECONNREFUSED/);
});
