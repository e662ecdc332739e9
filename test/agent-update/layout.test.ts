import { describe, expect, it } from 'vitest';
import { findLayout, folderFor, versionOfFolder } from '../../agent/update/layout.ts';

const DIRS = {
  stateDir: '/var/lib/hypervigil-update',
  postedFile: '/var/lib/hypervigil/posted.json',
};

describe('an installation', () => {
  it('is found by the path of its executable', () => {
    const executable = '/opt/hypervigil-agent/versions/1.2.3/hypervigil-agent';
    expect(findLayout(executable, DIRS)).toEqual({
      ok: true,
      value: {
        rootDir: '/opt/hypervigil-agent',
        versionsDir: '/opt/hypervigil-agent/versions',
        currentLink: '/opt/hypervigil-agent/current',
        executableName: 'hypervigil-agent',
        ...DIRS,
      },
    });
  });

  it('has what the updater remembers in it where nobody names another folder', () => {
    const executable = '/programs/versions/1.2.3/hypervigil-agent';
    const { postedFile } = DIRS;
    expect(findLayout(executable, { postedFile })).toMatchObject({
      value: { stateDir: '/programs/update', postedFile },
    });
  });

  it.each([
    ['/usr/bin/hypervigil-agent', 'dnf upgrade hypervigil-agent'],
    ['/home/me/hypervigil-agent', 'is not where the installer puts the agent'],
    ['/opt/hypervigil-agent/versions/mine/hypervigil-agent', 'is not where the installer puts'],
    ['/usr/local/lib/node/bin/node', 'is not where the installer puts'],
  ])('is none of ours to replace: %s', (executable, why) => {
    const error = expect.stringContaining(why);
    expect(findLayout(executable, DIRS)).toMatchObject({ ok: false, error });
  });
});

it('the folder for a version is never the one in use', () => {
  for (const inUse of ['1.0.0', '1.0.0~2', '1.0.0-rc.1', '0.9.0']) {
    const folder = folderFor('1.0.0', inUse);
    expect(folder).not.toBe(inUse);
    expect(versionOfFolder(folder)).toBe('1.0.0');
  }
  for (const name of ['.new-Ab12', '1.0', '1.0.0~3', 'current', '1.0.0~2~2']) {
    expect(versionOfFolder(name)).toBeUndefined();
  }
});
