import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig, readKeyFile } from '../../agent/config.ts';

function fileWith(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'agent.yaml');
  writeFileSync(path, content);
  return path;
}

function errorOf(flags: Record<string, string>, environment: Record<string, string> = {}) {
  const config = loadConfig(flags, environment);
  if (config.ok) throw new Error('was taken');
  return config.error;
}

describe('the configuration', () => {
  it('is sensible with nothing given', () => {
    expect(loadConfig({ config: fileWith('') }, {})).toEqual({
      ok: true,
      value: {
        url: undefined,
        keyFile: undefined,
        host: hostname(),
        sampleIntervalMs: 10_000,
        batchIntervalMs: 60_000,
        rootDir: '/',
        spoolDir: '/var/lib/hypervigil/spool',
      },
    });
  });

  it('takes flags before the environment before the file', () => {
    const config = fileWith(
      'url: https://file.example\nhost: of-file\nkeyFile: /k\nsampleInterval: 30\nbatchInterval: 5m\n',
    );
    const environment = {
      HYPERVIGIL_URL: 'https://environment.example/x',
      HYPERVIGIL_HOST: 'of-environment',
      HYPERVIGIL_SAMPLE_INTERVAL: '',
    };
    expect(loadConfig({ config, host: 'of-flag' }, environment)).toMatchObject({
      ok: true,
      value: {
        url: new URL('https://environment.example/x'),
        host: 'of-flag',
        keyFile: '/k',
        sampleIntervalMs: 30_000,
        batchIntervalMs: 300_000,
      },
    });
  });

  it('puts the spool where the service manager says, or nowhere', () => {
    const config = fileWith('');
    const spoolDirOf = (environment: Record<string, string>) => {
      const loaded = loadConfig({ config }, environment);
      return loaded.ok ? loaded.value.spoolDir : loaded.error;
    };
    expect(spoolDirOf({ STATE_DIRECTORY: '/var/lib/private/hv:/other' })).toBe(
      '/var/lib/private/hv/spool',
    );
    expect(spoolDirOf({ HYPERVIGIL_SPOOL_DIR: '/x', STATE_DIRECTORY: '/y' })).toBe('/x');
    expect(spoolDirOf({ HYPERVIGIL_SPOOL_DIR: 'off' })).toBeUndefined();
  });

  it('names the flag, the variable or the line of the file that is wrong', () => {
    expect(errorOf({ sampleInterval: '10x' })).toEqual({
      key: '--sample-interval',
      reason: 'must be a time such as 10s or 1m',
    });
    expect(errorOf({}, { HYPERVIGIL_BATCH_INTERVAL: '2h' })).toEqual({
      key: 'HYPERVIGIL_BATCH_INTERVAL',
      reason: 'must be at most 3600s',
    });
    const config = fileWith('host: ""\n');
    expect(errorOf({ config })).toEqual({ key: `${config}: host`, reason: 'must not be empty' });
  });

  it.each([
    ['url: [1]', 'url', 'must be string, not Array'],
    ['url: ftp://a', 'url', 'must be an address that begins with https://'],
    ['hots: a', 'hots', 'no such setting; there are url, keyFile, host'],
    ['host: a b', 'host', 'must have no blanks'],
    ['sampleInterval: 100ms', 'sampleInterval', 'must be at least 1s'],
    ['sampleInterval: [1]', 'sampleInterval', 'must be a time such as 10s'],
  ])('refuses %j in the file', (line, setting, reason) => {
    const config = fileWith(line);
    const error = errorOf({ config });
    expect(error.key).toBe(`${config}: ${setting}`);
    expect(error.reason).toContain(reason);
  });

  it('refuses to post more often than it samples', () => {
    expect(errorOf({ sampleInterval: '30s', batchInterval: '10s' }).reason).toBe(
      'must not be shorter than sampleInterval',
    );
  });

  it('refuses a file that is named and not there, or is no mapping', () => {
    expect(errorOf({ config: '/nowhere/agent.yaml' })).toMatchObject({
      key: '/nowhere/agent.yaml',
      reason: expect.stringContaining('ENOENT'),
    });
    expect(errorOf({ config: fileWith('- a') }).reason).toContain('must be a mapping');
    expect(errorOf({ config: fileWith('a: [') }).reason).toContain('line 1');
  });
});

describe('the key file', () => {
  it('holds the key in its first line', () => {
    expect(readKeyFile(fileWith('hv_0123456789  \n'))).toBe('hv_0123456789');
  });

  it.each(['', 'short', 'two words here', 'ключ-ключ'])(
    'is refused when it holds %j',
    (content) => {
      const path = fileWith(content);
      expect(() => readKeyFile(path)).toThrow(`${path}: the first line must be the host key`);
    },
  );
});
