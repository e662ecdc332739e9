import { stripVTControlCharacters } from 'node:util';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderFrame } from '../../../infra/local/terminal/frame.ts';
import { createPaint, widthOf } from '../../../infra/local/terminal/text.ts';
import type { HostView, ViewState } from '../../../infra/local/terminal/view-state.ts';

const NOW = Date.parse('2026-01-01T10:00:00Z');
const plain = createPaint(false);

const EMPTY: ViewState = {
  url: 'http://127.0.0.1:9470',
  dataPath: '.hypervigil',
  rules: '29 rules',
  hosts: new Map(),
  alerts: [],
  messages: [],
  problems: new Map(),
};

function host(name: string, more: Partial<HostView> = {}): HostView {
  return { host: name, lastSampleMs: NOW - 2000, vms: [], ...more };
}

function vm(name: string, stateNumber = 1, reason = 'booted') {
  return { uuid: name, name, stateNumber, reason, lastSampleMs: NOW - 2000 };
}

function stateOf(...hosts: HostView[]): ViewState {
  return { ...EMPTY, hosts: new Map(hosts.map((each) => [each.host, each])) };
}

function show(state: ViewState, width = 80, height = 24): string[] {
  return renderFrame(state, { width, height, nowMs: NOW, paint: plain });
}

/** The line that has this in it. */
function line(lines: readonly string[], part: string): string {
  return lines.find((each) => each.includes(part)) ?? `no line with ${part}`;
}

test('before the first numbers it says where it listens and what it waits for', () => {
  const lines = show(EMPTY);
  expect(lines.join('\n')).toContain('listening on http://127.0.0.1:9470');
  expect(lines.join('\n')).toContain('waiting for the first numbers');
  expect(lines.join('\n')).toContain('not evaluated yet');
});

test('the dashboard is one link that signs in, never cut: on a narrow terminal the address and the token', () => {
  const token = `hvt_${'x'.repeat(32)}`;
  const shown = (width: number) => show({ ...EMPTY, token }, width).join('\n');
  expect(shown(80)).toContain(`dashboard: http://127.0.0.1:9470/#token=${token}\n`);
  expect(shown(60)).toContain(`dashboard: http://127.0.0.1:9470\ntoken: ${token}\n`);
  expect(show(EMPTY).join('\n')).not.toContain('token');
});

test('a host and its VMs with state, CPU, memory, disk and network, in 80 columns', () => {
  const lines = show(
    stateOf(
      host('pve1', {
        up: true,
        cpuPercent: 50,
        memoryPercent: 34.4,
        diskPercent: 7.25,
        receiveBytesPerSecond: 1_258_291,
        transmitBytesPerSecond: 0,
        vms: [vm('web-1'), vm('db', 5, 'shutdown'), vm('ci', 6, 'panicked'), vm('old', 1, 'hung')],
      }),
    ),
  );
  expect(line(lines, 'pve1')).toMatch(
    /^pve1 +up +█+[▏▎▍▌▋▊▉]?·+ +50% .* 34% +7\.3% +1\.2 MiB\/s +0 B\/s$/,
  );
  expect(line(lines, 'web-1')).toMatch(/^ {2}web-1 +running /);
  expect(line(lines, 'db')).toMatch(/^ {2}db +off /);
  expect(line(lines, '  ci')).toMatch(/^ {2}ci +crashed /);
  expect(line(lines, '  old')).toMatch(/^ {2}old +hung /);
  expect(line(lines, 'Hypervigil')).toContain('1 host · 1 of 4 VMs running');
});

test('what was not measured is a dash, not a zero', () => {
  const row = line(show(stateOf(host('new'))), 'new');
  expect(row.match(/ -/g)).toHaveLength(5);
  expect(row).not.toMatch(/[0·█]/);
});

test('a host that is down is said to be, and of its VMs nothing is claimed', () => {
  const lines = show(stateOf(host('pve1', { up: false, vms: [vm('web-1')] })));
  expect(line(lines, 'pve1')).toMatch(/ down /);
  expect(line(lines, 'web-1')).toMatch(/ unknown /);
});

test('numbers that are old show their age', () => {
  const lines = show(stateOf(host('pve1', { lastSampleMs: NOW - 300_000 })));
  expect(line(lines, 'pve1')).toContain('5 min ago');
});

test('a wider terminal also shows bytes read and written', () => {
  const state = stateOf(host('pve1', { diskBytesPerSecond: 2048 }));
  expect(show(state, 80).join()).not.toContain('READ+WRITE');
  expect(line(show(state, 120), 'pve1')).toContain('2.0 KiB/s');
});

test('alerts: firing before pending, with age and summary', () => {
  const alert = {
    name: 'VmDown',
    severity: 'critical',
    about: 'web-1 crashed',
    sinceMs: NOW - 65_000,
  };
  const lines = show({
    ...EMPTY,
    alerts: [
      { ...alert, state: 'pending', name: 'HostCpu', sinceMs: NOW },
      { ...alert, state: 'firing' },
    ],
  });
  const at = lines.findIndex((each) => each.startsWith('ALERTS 1 firing, 1 pending'));
  expect(lines[at + 1]).toMatch(/^firing +65 s +VmDown web-1 crashed/);
  expect(lines[at + 2]).toMatch(/^pending +0 s +HostCpu/);
});

test('the newest message is shown with the text a person gets, earlier ones by subject', () => {
  const message = { atMs: NOW, status: 'firing' as const, subject: 'first', text: 'not shown' };
  const lines = show({
    ...EMPTY,
    messages: [message, { ...message, subject: 'second', text: 'web-1 is down.\n\nIt crashed.' }],
  });
  const at = lines.findIndex((each) => each.startsWith('MESSAGES'));
  expect(lines.slice(at + 1).map((each) => each.trim().replace(/^[\d:]+ /, ''))).toEqual([
    'first',
    'second',
    'web-1 is down.',
    '',
    'It crashed.',
  ]);
});

test('what is wrong stands above all numbers', () => {
  const lines = show({ ...EMPTY, problems: new Map([['email', 'SMTP mail:587: refused']]) });
  expect(line(lines, '! email')).toBe('! email: SMTP mail:587: refused');
});

test('more VMs than lines: the rest is counted, and messages keep their place', () => {
  const vms = Array.from({ length: 200 }, (_, i) => vm(`vm-${i}`));
  const lines = show(stateOf(host('pve1', { vms })));
  expect(lines.length).toBeLessThanOrEqual(24);
  const shown = lines.filter((each) => each.includes('vm-')).length;
  expect(line(lines, 'more, for which')).toContain(`${201 - shown - 1} more`);
  expect(lines.join('\n')).toContain('MESSAGES');
});

test('an escape sequence in a name or a text never reaches the terminal', () => {
  const evil = 'a\x1b]0;owned\x07\x9b31m\r\nb';
  const state = {
    ...stateOf(host(evil, { vms: [vm(evil)] })),
    problems: new Map([[evil, evil]]),
    alerts: [{ state: 'firing' as const, name: evil, severity: evil, about: evil, sinceMs: NOW }],
    messages: [{ atMs: NOW, status: undefined, subject: evil, text: evil }],
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
  for (const each of show(state)) expect(each).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
});

test('without colours there is no escape sequence; with them the same text', () => {
  const state = stateOf(host('pve1', { up: true, cpuPercent: 95, vms: [vm('web-1')] }));
  const options = { width: 80, height: 24, nowMs: NOW };
  const coloured = renderFrame(state, { ...options, paint: createPaint(true) });
  expect(coloured.join('\n')).toContain('\x1b[');
  expect(coloured.map(stripVTControlCharacters)).toEqual(show(state));
});

const name = fc.string({ unit: 'grapheme', maxLength: 60 });
const percent = fc.double({ min: 0, max: 100, noNaN: true });
const anyHost = fc.record({
  host: name,
  lastSampleMs: fc.constant(NOW),
  cpuPercent: percent,
  memoryPercent: percent,
  diskPercent: percent,
  receiveBytesPerSecond: fc.double({ min: 0, max: 1e15, noNaN: true }),
  vms: fc.array(
    name.map((each) => vm(each)),
    { maxLength: 40 },
  ),
});

test('no line is wider than the terminal, and there are no more lines than it has', () => {
  fc.assert(
    fc.property(
      fc.array(anyHost, { maxLength: 4 }),
      fc.array(name, { maxLength: 30 }),
      fc.integer({ min: 80, max: 250 }),
      fc.integer({ min: 12, max: 80 }),
      (hosts, texts, width, height) => {
        const lines = show(
          {
            ...stateOf(...hosts),
            problems: new Map(texts.map((text) => [text, text])),
            alerts: texts.map((text) => ({
              state: 'firing',
              name: text,
              severity: 'critical',
              about: text,
              sinceMs: NOW,
            })),
            messages: texts.map((text) => ({ atMs: NOW, status: 'firing', subject: text, text })),
          },
          width,
          height,
        );
        expect(lines.length).toBeLessThanOrEqual(height);
        for (const each of lines) expect(widthOf(each)).toBeLessThanOrEqual(width);
      },
    ),
    { numRuns: 200 },
  );
});
