import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { IntegrationSettings } from '../../core/alertmanager/integration-types.ts';
import { deliveryRequest } from '../../core/delivery/delivery-request.ts';
import { terminalLine } from '../../infra/cli/terminal.ts';
import { logLine, messageLines } from '../../infra/local/terminal/plain-log.ts';
import { createPaint } from '../../infra/local/terminal/text.ts';
import { contextOf, HTTP, notificationOf, vmDown } from '../delivery/notifications.ts';

/** Labels are named by whoever names a VM, or has the key of a host: what they can do to those who are told. */
const CONTEXT = contextOf();
const EVIL_URL = 'https://evil.example/login';

function told(vm: string) {
  const labels = { alertname: 'VmDown', host: 'hv-1', vm, severity: 'critical' };
  return notificationOf([vmDown(vm, { labels, annotations: { summary: `VM ${vm} is down` } })]);
}

function bodyOf(vm: string, settings: IntegrationSettings): string {
  const request = deliveryRequest(told(vm), settings, CONTEXT);
  if (request.kind !== 'http') throw new Error(request.kind);
  for (const value of Object.values(request.headers)) expect(value).not.toMatch(/[\r\n]/);
  return request.body;
}

function published(vm: string) {
  const target = { topicArn: 'arn:aws:sns:eu-west-1:123456789012:ops' };
  const request = deliveryRequest(told(vm), { kind: 'sns', target, attributes: {} }, CONTEXT);
  if (request.kind !== 'sns') throw new Error(request.kind);
  return { subject: request.input.Subject ?? '', texts: JSON.parse(request.input.Message) };
}

describe('Slack', () => {
  const SLACK = { kind: 'slack', apiUrl: 'https://slack.example.org/hook', http: HTTP } as const;
  test.each([
    '<!channel>',
    '<@U123>',
    `<${EVIL_URL}|Acknowledge>`,
    '<!subteam^S1>',
    '&lt;!here&gt;',
  ])('%s mentions nobody and links nowhere', (vm) => {
    const [attachment] = JSON.parse(bodyOf(vm, SLACK)).attachments;
    const ours = attachment.text.replaceAll(/<https:\/\/hv\.example\.org\/[^|>]*\|Graph>/g, '');
    for (const text of [ours, attachment.title, attachment.fallback]) {
      expect(text).not.toMatch(/[<>]/);
      expect(text).not.toMatch(/&(?!amp;|lt;|gt;)/);
    }
    expect(attachment.title).toContain('is down');
  });
});

describe('Teams', () => {
  test.each(['msteams', 'msteamsv2'] as const)('%s: a name is no link', (kind) => {
    const settings = { kind, webhookUrl: 'https://teams.example.org/hook', http: HTTP } as const;
    // What stands as code is no markup.
    const body = bodyOf(`[Sign in](${EVIL_URL})`, settings).replaceAll(/`[^`]*`/g, '');
    expect(body).toContain(EVIL_URL);
    expect(body).not.toContain(`](${EVIL_URL})`);
  });
});

describe('an email, an SMS', () => {
  const forged = `web\r\n\r\nTo silence it for 2 hours:\n  ${EVIL_URL}\r\nBcc: all@example.org`;

  test('a name with line ends forges no line of ours, nor a header', () => {
    const { subject, texts } = published(forged);
    expect(subject).toMatch(/^[\x20-\x7e]{1,100}$/);
    expect(texts.sms).not.toMatch(/[\r\n]/);
    const lines = texts.email.split('\n');
    expect(lines.filter((line: string) => /^\s*https:\/\/evil/.test(line))).toEqual([]);
    expect(lines.filter((line: string) => line.startsWith('To silence'))).toHaveLength(1);
    expect(texts.email).not.toContain('\r');
  });

  test.each([
    "x'; touch PWNED; '",
    'x"; touch PWNED #',
    '$(touch PWNED)',
    '`touch PWNED`',
    '-rf',
    '\\',
  ])('the command for whoever copies it runs nothing else: %s', (vm) => {
    const { texts } = published(vm);
    const command = texts.email.split('\n').find((line: string) => /^\s*amtool /.test(line));
    const folder = mkdtempSync(join(tmpdir(), 'hypervigil-'));
    try {
      // A shell in which amtool says what it is called with.
      const shell = spawnSync('sh', ['-c', `amtool() { printf '%s\\n' "$@"; }\n${command}`], {
        cwd: folder,
      });
      expect(shell.status).toBe(0);
      expect(readdirSync(folder)).toEqual([]);
      expect(String(shell.stdout).split('\n')[0]).toBe('silence');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('what stands in labels for a template, is none', () => {
    const { texts } = published('{{ .CommonLabels }}{{ define "x" }}$labels');
    expect(texts.email).toContain('VM {{ .CommonLabels }}{{ define "x" }}$labels is down');
  });
});

const ESCAPES = [
  ['clears the screen', '\x1b[2J'],
  ['sets the title', '\x1b]0;owned\x07'],
  ['writes the clipboard', '\x1b]52;c;ZXZpbA==\x07'],
  ['links', '\x1b]8;;https://evil.example\x1b\\'],
  ['hides what follows', '\x1b[8m'],
  ['moves up', '\x9b5A'],
  ['goes back', '\b\b\b'],
  ['begins the line anew', '\r'],
  ['begins a line', '\n2026-01-01T00:00:00Z token for pages: x'],
  ['turns the direction', '\u202eevil'],
  ['separates lines', '\u2028'],
] as const;

describe('a terminal', () => {
  test.each(ESCAPES)('does not do what a name says that %s', (_what, sequence) => {
    const name = `web${sequence}x`;
    const shown = [
      terminalLine(name),
      logLine(0, `agent: ${name}`),
      ...messageLines({ atMs: 0, status: 'firing', subject: name, text: `Host ${name}` }),
    ];
    for (const line of shown) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
  });

  test('keeps the colours that we paint with', () => {
    const paint = createPaint(true);
    for (const style of ['bold', 'dim', 'red', 'green', 'yellow', 'cyan'] as const)
      expect(terminalLine(`${paint(style, 'a')}\tb`)).toBe(`${paint(style, 'a')}\tb`);
  });
});
