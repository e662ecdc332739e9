import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../../infra/aws/bundle.ts';
import { readArguments } from '../../infra/aws/deployment/arguments.ts';

function deploy(...args: string[]) {
  const script = join(ROOT, 'infra', 'aws', 'deploy.ts');
  return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', timeout: 30_000 });
}

it('settings of several lines, as a file has them, reach the CDK as one', () => {
  const { config, cdk } = readArguments(
    { context: ['hypervigil={\n  "name": "Trial"\n}', 'other=1'], profile: 'ours' },
    ['--verbose'],
  );
  expect(config.name).toBe('Trial');
  expect(cdk).toEqual([
    ...['--context', 'hypervigil={"name":"Trial"}', '--context', 'other=1'],
    ...['--profile', 'ours', '--verbose'],
  ]);
});

it('help is all that is given to who asks for it', () => {
  const { status, stdout, stderr } = deploy('--help');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toContain('--no-agent-build');
});

it('wrong settings stop a deployment before anything is built or asked of AWS', () => {
  const { status, stdout, stderr } = deploy('-c', 'hypervigil={"shards": 2}');
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toBe(
    'Not deployed: the settings are wrong:\nhypervigil.shards: no such setting\n',
  );
});
