import { createServer } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { LOOPBACK, listen } from '../../infra/local/listen.ts';
import { createMailer, type Mailer } from '../../infra/local/mail.ts';
import { type SmtpFixture, startSmtpServer } from './smtp-fixture.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

async function smtpServer(): Promise<SmtpFixture> {
  const server = await startSmtpServer();
  undo.push(server.close);
  return server;
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
  to: { topicArn: 'arn:aws:sns:local:000000000000:hypervigil-critical' },
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

test('who was added for the topic gets it too, and nobody sees that', async () => {
  const { port, received } = await smtpServer();
  const settings = {
    server: { host: LOOPBACK, port, secure: false },
    login: { user: 'watch', pass: 'p@ss' },
    from: 'hypervigil@example.org',
    to: ['ops@example.org'],
  };
  const added = (topicArn: string) =>
    topicArn.endsWith('-critical') ? ['ada@example.org', 'ops@example.org'] : [];
  const mailer = createMailer(settings, added);
  undo.push(() => mailer.close());
  await mailer.deliver(MESSAGE);
  await mailer.deliver({ ...MESSAGE, to: { topicArn: 'arn:aws:sns:local:0:hypervigil-info' } });
  expect(received.map(({ to }) => to)).toEqual([
    ['ops@example.org', 'ada@example.org'],
    ['ops@example.org'],
  ]);
  expect(received[0]?.source).not.toContain('ada@example.org');
});

test('an SMS is no email', async () => {
  const { port, received } = await smtpServer();
  await mailerTo(port).deliver({ ...MESSAGE, to: { phoneNumber: '+4915112345678' } });
  expect(received).toEqual([]);
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
  const server = createServer();
  const port = await listen(server, 0);
  if (!port.ok) throw new Error(port.error.message);
  await new Promise((resolve) => server.close(resolve));
  await expect(mailerTo(port.value).deliver(MESSAGE)).rejects.toThrow(/SMTP 127.*ECONNREFUSED/);
});
