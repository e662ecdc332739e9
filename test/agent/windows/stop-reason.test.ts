import { describe, expect, test } from 'vitest';
import { restrictFile } from '../../../agent/windows/restrict-file.ts';
import { findWindowsStopReason } from '../../../agent/windows/stop-reason.ts';

const NOW_MS = Date.parse('2026-03-02T10:00:00Z');
const DAY_MS = 86_400_000;

function event(id: number, at: string): string {
  return `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='User32' Guid='{b0aa8734-56f7-41cc-b2f4-de228e98b946}' EventSourceName='User32'/><EventID Qualifiers='32768'>${id}</EventID><TimeCreated SystemTime='${at}'/></System></Event>`;
}

describe('a Windows agent that is told to end', () => {
  test.each([
    ['a shutdown has just begun', event(1074, '2026-03-02T09:59:58.1234567Z'), 'shutdown'],
    ['a shutdown was called off', event(1075, '2026-03-02T09:59:58.1234567Z'), 'stopped'],
    ['a shutdown was an hour ago', event(1074, '2026-03-02T09:00:00Z'), 'stopped'],
    ['the log has no such event', '', 'stopped'],
    ['the log cannot be read', undefined, 'stopped'],
  ])('since %s', async (_, xml, reason) => {
    expect(await findWindowsStopReason(async () => xml, NOW_MS, DAY_MS)).toBe(reason);
  });

  test('just after a restart of the system was stopped: that shutdown is over', async () => {
    const xml = event(1074, '2026-03-02T09:58:00Z');
    expect(await findWindowsStopReason(async () => xml, NOW_MS, 60_000)).toBe('stopped');
  });
});

describe('a key file on Windows', () => {
  const whoami = '"win1\\admin","S-1-5-21-1004336348-1177238915-682003330-512"\r\n';

  function callsOf(owner: string | undefined, printed = whoami): string[] {
    const calls: string[] = [];
    restrictFile('C:\\key', owner, (program, args) => {
      calls.push([program, ...args].join(' '));
      return program === 'whoami.exe' ? printed : '';
    });
    return calls;
  }

  test('is for the system, its administrators, and who owns it; nothing is inherited', () => {
    expect(callsOf('NT SERVICE\\hypervigil-agent')).toEqual([
      'icacls.exe C:\\key /inheritance:r /grant:r *S-1-5-18:(F) *S-1-5-32-544:(F) NT SERVICE\\hypervigil-agent:(R,W,D)',
    ]);
  });

  test('is for who runs this if nobody is named, by the number of the account', () => {
    expect(callsOf(undefined).at(-1)).toContain(
      '*S-1-5-21-1004336348-1177238915-682003330-512:(R,W,D)',
    );
    expect(callsOf(undefined, 'WIN1\\admin\r\n').at(-1)).toContain(' WIN1\\admin:(R,W,D)');
    expect(() => callsOf(undefined, 'ERROR: 5')).toThrow('whoami: no account');
  });
});
