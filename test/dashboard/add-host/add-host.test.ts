import { expect, test } from 'vitest';
import { parsePromql } from '../../../core/promql/parse.ts';
import { installCommand, PLATFORMS } from '../../../dashboard/pages/add-host/commands.ts';
import {
  enrolledBy,
  factsExpression,
  isWaiting,
  newHosts,
  TROUBLE_AFTER_MS,
  troubleOf,
} from '../../../dashboard/pages/add-host/progress.ts';
import type { EnrolmentTokenView, KeyView } from '../../../dashboard/pages/tokens/token-views.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const iso = (ms: number) => new Date(ms).toISOString();

const TOKEN: EnrolmentTokenView = {
  id: 'enrol-1',
  uses: 2,
  usesLeft: 2,
  reEnrol: false,
  createdAt: iso(NOW_MS),
  endsAt: iso(NOW_MS + 86_400_000),
  state: 'good',
};

function key(name: string, by: string, atMs = NOW_MS, more: Partial<KeyView> = {}): KeyView {
  const id = `key-${name}`;
  return { id, name, kind: 'host', by, createdAt: iso(atMs), state: 'good', ...more };
}

test.each(PLATFORMS)('the line for %s holds the address and the token; hidden, no token', (on) => {
  const line = installCommand(on, 'https://x.example', 'hve_secret');
  expect(line).toContain('https://x.example');
  expect(line).toContain("'hve_secret'");
  expect(line).not.toContain('\n');
  expect(installCommand(on, 'https://x.example', undefined)).not.toContain('secret');
});

test('the token is nobody’s argument', () => {
  const linux = installCommand('linux', 'https://x.example', 'hve_secret');
  // "export" and "printf" are the shell's own; what sudo is given is in the list of processes.
  expect(linux.split('sudo').slice(1).join()).not.toContain('hve_secret');
  const installed = installCommand('package', 'https://x.example', 'hve_secret');
  expect(installed.split('sudo').slice(1).join()).not.toContain('hve_secret');
});

test('the hosts of a token are those whose keys it gave, each once', () => {
  const keys = [
    key('b', 'enrol-1', NOW_MS + 2000),
    key('a', 'enrol-1', NOW_MS + 1000),
    key('a', 'enrol-1', NOW_MS + 1500),
    key('c', 'enrol-2'),
    key('prom', 'enrol-1', NOW_MS, { kind: 'sender' }),
  ];
  expect(enrolledBy(TOKEN, keys).map(({ name }) => name)).toEqual(['a', 'b']);
});

test('what is asked can be read, whatever hosts are called', () => {
  expect(factsExpression([])).toBeUndefined();
  for (const names of [['a'], ['web-1.example.com', 'x"y\\z', 'a|b(c)*']]) {
    const expr = factsExpression(names) ?? '';
    expect(parsePromql(expr)).toMatchObject({ ok: true });
  }
});

test('a host is here once its first batch is', () => {
  const keys = [key('a', 'enrol-1'), key('b', 'enrol-1')];
  const labels = { __name__: 'host_info', host: 'a', os: 'Debian 13', arch: 'x64' };
  const vm = { __name__: 'vm_info', host: 'a', vm: 'mail', uuid: '1' };
  const series = [labels, vm].map((of) => ({ labels: of, value: 1, atMs: NOW_MS }));
  expect(newHosts(keys, series)).toEqual([
    {
      name: 'a',
      enrolledAtMs: NOW_MS,
      facts: { os: 'Debian 13', arch: 'x64', virtualization: '', vms: ['mail'] },
    },
    { name: 'b', enrolledAtMs: NOW_MS },
  ]);
});

test('trouble is told after two minutes, by how far it came', () => {
  const later = NOW_MS + TROUBLE_AFTER_MS + 1;
  const waiting = newHosts([key('a', 'enrol-1')], []);
  expect(troubleOf(TOKEN, [], NOW_MS)).toBeUndefined();
  expect(troubleOf(TOKEN, [], later)).toBe('not-enrolled');
  expect(troubleOf({ ...TOKEN, usesLeft: 1 }, [], later)).toBeUndefined();
  expect(troubleOf({ ...TOKEN, usesLeft: 1 }, waiting, later)).toBe('no-batch');
  expect(isWaiting({ ...TOKEN, state: 'used up' }, waiting)).toBe(true);
  expect(isWaiting({ ...TOKEN, state: 'used up' }, [])).toBe(false);
});
