import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildInto, folderOfTests } from './build.ts';

const run = promisify(execFile);
const { folder, remove } = folderOfTests();
const VERSION = '3.2.1-rc.1';

beforeAll(async () => {
  await buildInto(folder, '--platform', 'linux-x64', '--packages', '--release-version', VERSION);
});
afterAll(remove);

describe('the .deb', () => {
  const deb = join(folder, 'agent', `hypervigil-agent_${VERSION}_amd64.deb`);

  it('is ordered before the release it leads to, and needs what Node needs', async () => {
    const { stdout } = await run('dpkg-deb', ['--field', deb]);
    expect(stdout).toContain('Package: hypervigil-agent\n');
    expect(stdout).toMatch(/^Version: 3\.2\.1~rc\.1(-1)?$/m);
    expect(stdout).toContain('Architecture: amd64\n');
    expect(stdout).toContain('libc6 (>= 2.28)');
  });

  it("has the executable and the unit as root's, and nothing of a host's own", async () => {
    const { stdout } = await run('dpkg-deb', ['--contents', deb]);
    const files = stdout.split('\n').flatMap((line) => {
      const [mode, owner, , , , path] = line.split(/\s+/);
      return path === undefined ? [] : [`${mode} ${owner} ${path}`];
    });
    expect(files).toContain('-rwxr-xr-x root/root ./usr/bin/hypervigil-agent');
    const unit = './usr/lib/systemd/system/hypervigil-agent.service';
    expect(files).toContain(`-rw-r--r-- root/root ${unit}`);
    expect(files).toContain('drwxr-xr-x root/root ./etc/hypervigil/');
    expect(stdout).not.toMatch(/ \.\/(etc\/hypervigil\/.|var|opt)/);
    const extracted = join(folder, 'deb');
    await run('dpkg-deb', ['--extract', deb, extracted]);
    const { stdout: text } = await run('cat', [join(extracted, unit)]);
    expect(text).toContain('ExecStart=/usr/bin/hypervigil-agent run\n');
    const agent = await run(join(extracted, 'usr/bin/hypervigil-agent'), ['--version']);
    expect(agent.stdout).toBe(`${VERSION}\n`);
  });
});

it('the packages are part of what is signed', async () => {
  const { stdout } = await run('cat', [join(folder, 'agent', 'release.json')]);
  for (const name of [
    `hypervigil-agent_${VERSION}_amd64.deb`,
    `hypervigil-agent-${VERSION}-1.x86_64.rpm`,
  ])
    expect(stdout).toContain(`"name": "${name}"`);
});
