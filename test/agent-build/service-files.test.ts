import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SERVICE_FILES, writeServiceFiles } from '../../infra/agent-build/service-files.ts';
import { temporaryFolder } from './temporary-folder.ts';

it('the unit starts the agent where it is installed, as a user without rights', async () => {
  const folder = temporaryFolder();
  await writeServiceFiles('/opt/somewhere/hypervigil-agent', folder);
  const unit = readFileSync(join(folder, 'hypervigil-agent.service'), 'utf8');
  for (const line of [
    ...['ExecStart=/opt/somewhere/hypervigil-agent run', 'User=hypervigil', 'NoNewPrivileges=yes'],
    ...['CapabilityBoundingSet=', 'AmbientCapabilities=', 'StateDirectory=hypervigil'],
  ])
    expect(unit.split('\n')).toContain(line);
});

it('no file of a service is left with a gap to fill in', async () => {
  const folder = temporaryFolder();
  await writeServiceFiles('/opt/somewhere/hypervigil-agent', folder);
  for (const name of readdirSync(folder))
    expect(readFileSync(join(folder, name), 'utf8'), name).not.toContain('@EXECUTABLE@');
});

it.runIf(process.platform !== 'win32')('the scripts of packages are good shell', () => {
  const scripts = join(SERVICE_FILES, 'packages');
  for (const name of readdirSync(scripts)) execFileSync('sh', ['-n', join(scripts, name)]);
});
