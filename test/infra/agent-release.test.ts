import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findAgentRelease } from '../../infra/aws/agent-release.ts';
import { newSigningKey, writeRelease } from '../install-function/fake-release.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hypervigil-release-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function build() {
  return writeRelease(folder, { version: '1.2.3', key: newSigningKey() });
}

describe('the agent that goes out with the stack', () => {
  it('is what was built', () => {
    const release = build();
    expect(findAgentRelease(folder)).toEqual({ ok: true, value: { folder, release } });
  });

  it('is none where none was built', () => {
    expect(findAgentRelease(join(folder, 'nowhere'))).toEqual({ ok: true, value: undefined });
  });

  it('is refused, with the reason, if it is not whole', () => {
    const { files } = build();
    const name = files[0]?.name ?? '';
    appendFileSync(join(folder, name), 'more');
    expect(findAgentRelease(folder)).toMatchObject({
      error: expect.stringMatching(/linux-x64\.gz has \d+ bytes, not \d+$/),
    });
    rmSync(join(folder, name));
    expect(findAgentRelease(folder)).toMatchObject({ error: `${join(folder, name)} is not there` });
    rmSync(join(folder, 'hypervigil-agent-update.timer'));
    expect(findAgentRelease(folder)).toMatchObject({
      error: `${folder} has no hypervigil-agent-update.timer`,
    });
    writeFileSync(join(folder, 'release.json'), '{}');
    expect(findAgentRelease(folder)).toMatchObject({
      error: expect.stringMatching(/^release\.json: version: /),
    });
  });
});
