import { describe, expect, it } from 'vitest';
import { defaultPaths } from '../../agent/default-paths.ts';

describe('default paths', () => {
  it('are those of the packages on Linux, with the folder that systemd made', () => {
    expect(defaultPaths({}, 'linux')).toEqual({
      configFile: '/etc/hypervigil/agent.yaml',
      keyFile: '/etc/hypervigil/key',
      stateDir: '/var/lib/hypervigil',
      spoolDir: '/var/lib/hypervigil/spool',
    });
    const made = { STATE_DIRECTORY: '/var/lib/private/hv:/other' };
    expect(defaultPaths(made, 'linux').spoolDir).toBe('/var/lib/private/hv/spool');
    expect(defaultPaths({ STATE_DIRECTORY: '' }, 'linux').stateDir).toBe('/var/lib/hypervigil');
  });

  it('are below ProgramData on Windows, wherever that is', () => {
    expect(defaultPaths({ ProgramData: 'D:\\Data' }, 'win32')).toEqual({
      configFile: 'D:\\Data\\Hypervigil\\agent.yaml',
      keyFile: 'D:\\Data\\Hypervigil\\key',
      stateDir: 'D:\\Data\\Hypervigil',
      spoolDir: 'D:\\Data\\Hypervigil\\spool',
    });
    expect(defaultPaths({}, 'win32').keyFile).toBe('C:\\ProgramData\\Hypervigil\\key');
  });
});
