import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../agent/config.ts';
import { SETTINGS } from '../../agent/config-schema.ts';
import { readKeyFile } from '../../agent/read-key.ts';
import { DEFAULT_SOURCES } from '../../agent/source-settings.ts';
import { fileWith, loaded } from './config-folder.ts';

/** Everything wrong, as "where: reason". */
function problemsOf(flags: Record<string, string>, environment: Record<string, string> = {}) {
  const config = loadConfig(flags, environment);
  if (config.ok) throw new Error('was taken');
  return config.error.map(({ where, reason }) => `${where}: ${reason}`);
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
        tags: {},
        update: { policy: 'manual' },
        sources: DEFAULT_SOURCES,
        origins: new Map(),
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

  it('takes tags and sources from the file, or as YAML from the environment', () => {
    const config = fileWith('tags: {env: prod}\nsystemd: {units: [nginx]}\nexec:\n');
    const environment = {
      HYPERVIGIL_TAGS: '{env: test, site: ber}',
      HYPERVIGIL_TEXTFILE: 'directory: /var/lib/prom',
    };
    expect(loaded(config, environment)).toMatchObject({
      tags: { env: 'test', site: 'ber' },
      sources: {
        systemd: { units: ['nginx'], ignore: [] },
        textfile: { directory: '/var/lib/prom' },
        exec: [],
      },
    });
  });

  it('puts the spool where the service manager says, or nowhere', () => {
    const config = fileWith('');
    const spoolDirOf = (environment: Record<string, string>) =>
      loaded(config, environment).spoolDir;
    expect(spoolDirOf({ STATE_DIRECTORY: '/var/lib/private/hv:/other' })).toBe(
      '/var/lib/private/hv/spool',
    );
    expect(spoolDirOf({ HYPERVIGIL_SPOOL_DIR: '/x', STATE_DIRECTORY: '/y' })).toBe('/x');
    expect(spoolDirOf({ HYPERVIGIL_SPOOL_DIR: 'off' })).toBeUndefined();
  });

  it('names the flag or the variable that is wrong', () => {
    const config = fileWith('');
    expect(problemsOf({ config, sampleInterval: '10x' })).toEqual([
      '--sample-interval: must be a time such as 30s or 5m',
    ]);
    const environment = {
      HYPERVIGIL_BATCH_INTERVAL: '2h',
      HYPERVIGIL_TAGS: '{vm: a}',
      HYPERVIGIL_SCRAPE: '[{url: "http://a", job: "b c"}]',
      HYPERVIGIL_EXEC: '[',
    };
    expect(problemsOf({ config }, environment)).toEqual([
      expect.stringMatching(/^HYPERVIGIL_EXEC: is no YAML: /),
      'HYPERVIGIL_BATCH_INTERVAL: must be at most 3600s',
      'HYPERVIGIL_TAGS.vm: is a label of our own: choose another name',
      'HYPERVIGIL_SCRAPE[0].job: must be a short name of letters, digits, ".", "_" and "-"',
    ]);
  });

  it('names everything that is wrong in the file, with line and column', () => {
    const config = fileWith(`hots: a
tags:
  env: prod
  vm: db
  floor: 3
scrape:
  - url: http://a/metrics
    intervall: 60s
  - job: node
    timeout: 5m
systemd: {unit: [nginx]}
sample_interval: 5s
wombat: 1
`);
    const top =
      'url, keyFile, host, sampleInterval, batchInterval, rootDir, spoolDir, tags, update';
    expect(problemsOf({ config }).sort()).toEqual(
      [
        `${config}:1:1: hots: no such setting; did you mean host?`,
        `${config}:4:3: tags.vm: is a label of our own: choose another name`,
        `${config}:5:3: tags.floor: must be a text: write it in quotes`,
        `${config}:8:5: scrape[0].intervall: no such setting; did you mean interval?`,
        `${config}:9:5: scrape[1].url: is missing`,
        `${config}:10:5: scrape[1].timeout: must be at most 60s`,
        `${config}:11:11: systemd.unit: no such setting; did you mean units?`,
        `${config}:12:1: sample_interval: no such setting; did you mean sampleInterval?`,
        `${config}:13:1: wombat: no such setting; there are ${top}, libvirt, scrape, textfile, exec, containers, systemd, windowsServices`,
      ].sort(),
    );
  });

  it.each([
    ['url: [1]', 'url', 'must be a text, not a list'],
    ['url: ftp://a', 'url', 'must be an address that begins with https://'],
    ['host: ""', 'host', 'must not be empty'],
    ['host: a b', 'host', 'must have no blanks'],
    ['sampleInterval: 100ms', 'sampleInterval', 'must be at least 1s'],
    ['sampleInterval: [1]', 'sampleInterval', 'must be a time such as 30s'],
    ['tags: [env]', 'tags', 'must be a mapping, not a list'],
    ['containers: []', 'containers', 'must be a mapping, not a list'],
    ['exec: [[]]', 'exec\\[0\\]', 'must be a mapping, not a list'],
    ['tags: env', 'tags', 'must be a mapping, not "env"'],
    ['tags: {a-b: c}', 'tags.a-b', 'must be a label name'],
    ['exec: {name: a}', 'exec', 'must be a list, not a mapping'],
    ['constructor: 1', 'constructor', 'no such setting'],
  ])('refuses %j in the file', (line, setting, reason) => {
    const config = fileWith(line);
    const [problem] = problemsOf({ config });
    expect(problem).toMatch(new RegExp(`^${config}:1:\\d+: ${setting}: `));
    expect(problem).toContain(reason);
  });

  it('refuses to post more often than it samples', () => {
    const config = fileWith('host: a\nsampleInterval: 30s\n');
    expect(problemsOf({ config, batchInterval: '10s' })).toEqual([
      '--batch-interval: batchInterval must not be shorter than sampleInterval',
    ]);
  });

  it('refuses a file that is named and not there, or is no mapping, or no YAML', () => {
    expect(problemsOf({ config: '/nowhere/agent.yaml' })).toEqual([
      expect.stringMatching(/^\/nowhere\/agent\.yaml: .*ENOENT/),
    ]);
    const list = fileWith('\n- a');
    expect(problemsOf({ config: list })[0]).toContain(`${list}:2:1: must be a mapping`);
    const broken = fileWith('host: a\ntags: [');
    expect(problemsOf({ config: broken })[0]).toMatch(/agent\.yaml:2:\d+: /);
    const twice = fileWith('host: a\nhost: b\n');
    expect(problemsOf({ config: twice })).toEqual([`${twice}:2:1: Map keys must be unique`]);
  });

  it('is taken or refused with a place in the file, whatever stands there', () => {
    const config = fileWith('');
    const key = fc.oneof(fc.constantFrom(...SETTINGS), fc.string());
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.dictionary(key, fc.jsonValue()).map((settings) => stringify(settings)),
    );
    fc.assert(
      fc.property(text, (content) => {
        writeFileSync(config, content);
        const result = loadConfig({ config }, {});
        if (result.ok) return;
        expect(result.error).not.toEqual([]);
        for (const { where } of result.error) {
          expect(where.slice(config.length)).toMatch(/^:\d+:\d+/);
        }
      }),
    );
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
