import { describe, expect, it } from 'vitest';
import {
  type AgentRelease,
  formatAgentRelease,
  parseAgentRelease,
} from '../../core/agent-release/release.ts';
import { compareVersions } from '../../core/agent-release/version-order.ts';

const RELEASE: AgentRelease = {
  version: '1.2.3',
  files: [
    {
      platform: 'linux-x64',
      name: 'hypervigil-agent-1.2.3-linux-x64.gz',
      bytes: 10,
      sha256: 'a'.repeat(64),
      unpackedBytes: 20,
      unpackedSha256: 'b'.repeat(64),
    },
  ],
};

describe('the description of an agent release', () => {
  it('reads what it wrote', () => {
    expect(parseAgentRelease(formatAgentRelease(RELEASE))).toEqual({ ok: true, value: RELEASE });
  });

  it('names what is wrong, and where', () => {
    const [file] = RELEASE.files;
    const wrong = JSON.stringify({ ...RELEASE, files: [{ ...file, name: '../../etc/passwd' }] });
    expect(parseAgentRelease(wrong)).toEqual({
      ok: false,
      error: 'release.json: files.0.name: must be a file name',
    });
    expect(parseAgentRelease('<html>')).toEqual({ ok: false, error: 'release.json is not JSON' });
    const twice = JSON.stringify({ ...RELEASE, files: [file, file] });
    expect(parseAgentRelease(twice)).toMatchObject({ ok: false });
  });
});

describe('the order of versions', () => {
  it('is that of semver.org', () => {
    const inOrder = [
      '0.1.0',
      '0.9.0',
      '0.10.0',
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
    ];
    const sorted = [...inOrder].reverse().sort(compareVersions);
    expect(sorted).toEqual(inOrder);
    expect(compareVersions('1.2.3', '1.2.3')).toBe(0);
  });
});
