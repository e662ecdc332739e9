import { describe, expect, test } from 'vitest';
import {
  type AuditEntry,
  filterOf,
  paramsOf,
} from '../../../dashboard/pages/audit/audit-records.ts';
import { describe as inWords } from '../../../dashboard/pages/audit/describe.ts';
import { toCsv, toJsonLines } from '../../../dashboard/pages/audit/export.ts';

const ENTRY: AuditEntry = {
  at: '2026-11-24T12:00:00.000Z',
  who: 'ada@example.org',
  action: 'silence.add',
  subject: '7d1e0c6a',
  outcome: 'done',
  after: { matchers: ['host="web-1"', 'vm=~"db.*"'], comment: 'new disks' },
};

describe('an entry in words', () => {
  test('says what was done, to what, and why', () => {
    expect(inWords(ENTRY)).toEqual({
      deed: 'silenced',
      detail: 'host="web-1", vm=~"db.*" · “new disks”',
    });
  });

  test('names the alerts that were acknowledged', () => {
    const after = [
      { labels: { alertname: 'VmDown', host: 'hv-1', vm: 'mail' }, note: 'on it' },
      { labels: { alertname: 'HostDown', host: 'hv-2' }, note: 'on it' },
    ];
    expect(inWords({ ...ENTRY, action: 'alert.acknowledge', after }).detail).toBe(
      'VmDown mail, HostDown hv-2 · “on it”',
    );
  });

  test('of an action or a state that is not known here is as the record has it', () => {
    const { after: _, ...bare } = ENTRY;
    expect(inWords({ ...bare, action: 'moon.add' })).toEqual({
      deed: 'moon.add',
      detail: undefined,
    });
    expect(inWords({ ...ENTRY, after: 'cut to its beginning' }).detail).toBeUndefined();
    expect(inWords({ ...ENTRY, action: 'constructor', after: { matchers: 5 } }).deed).toBe(
      'constructor',
    );
  });
});

test('words are looked for anywhere, patterns as they are', () => {
  const filter = filterOf(new URLSearchParams('who=ada&subject=web-*&range=7d&outcome=done'));
  const params = paramsOf(filter, Date.UTC(2026, 10, 24, 12), 100);
  expect(params).toMatchObject({ who: '*ada*', subject: 'web-*', outcome: 'done', limit: '100' });
  expect(params).toMatchObject({ start: '2026-11-17T12:00:00.000Z', action: undefined });
  expect(filterOf(new URLSearchParams('range=constructor')).range).toBe('30d');
});

describe('an export', () => {
  test('has a record a line', () => {
    expect(
      toJsonLines([ENTRY, ENTRY])
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([ENTRY, ENTRY]);
  });

  test('runs nothing in a spreadsheet, and keeps commas and quotes', () => {
    const csv = toCsv([{ ...ENTRY, who: '=HYPERLINK("x")', subject: 'a,b' }]);
    const [head, line] = csv.split('\r\n');
    expect(head).toBe('at,who,action,subject,outcome,reason,before,after');
    expect(line).toContain(`"'=HYPERLINK(""x"")",silence.add,"a,b",done,,,`);
  });
});
