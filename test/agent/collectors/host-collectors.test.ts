import { describe, expect, test } from 'vitest';
import { createHostCollectors } from '../../../agent/collectors/host-collectors.ts';
import { fixtureHost } from '../fixture-host.ts';

describe('what a host is measured by', () => {
  const namesOn = (platform: NodeJS.Platform, removed?: string) => {
    const { files, monotonicMs, remove } = fixtureHost('debian-12');
    if (removed !== undefined) remove(removed);
    const { collectors } = createHostCollectors(files, monotonicMs, platform);
    return collectors.map(({ name }) => name);
  };

  test('is /proc where there is one', () => {
    expect(namesOn('linux')).toEqual([
      ...['cpu', 'load', 'memory', 'pressure', 'processes', 'uptime'],
      ...['disk', 'filesystem', 'network'],
    ]);
  });

  test('is what Node and systeminformation know of other systems', () => {
    expect(namesOn('darwin', 'proc')).toEqual([
      ...['cpu', 'load', 'memory', 'uptime', 'disk', 'filesystem', 'network'],
    ]);
  });

  test('on a Windows without PowerShell is what Node knows, whatever /proc somebody has there', () => {
    expect(namesOn('win32')).toEqual(['cpu', 'memory', 'uptime']);
  });
});
