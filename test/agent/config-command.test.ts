import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkConfig, showConfigOf } from '../../agent/config-command.ts';
import { fileWith } from './config-folder.ts';

describe('agent config check', () => {
  it('says that a configuration is good, and what it lacks', () => {
    const config = fileWith('host: a\nkeyFile: /k\n');
    expect(checkConfig({ config }, {})).toEqual({
      ok: true,
      value: `${config} is good; \`agent run\` also needs url`,
    });
    expect(checkConfig({ config }, { HYPERVIGIL_URL: 'https://a.example' })).toEqual({
      ok: true,
      value: `${config} is good`,
    });
  });

  it('names all that is wrong, a line each', () => {
    const config = fileWith('hots: a\nrootDir: ""\n');
    expect(checkConfig({ config }, {})).toEqual({
      ok: false,
      error: `${config}:1:1: hots: no such setting; did you mean host?\n${config}:2:1: rootDir: must not be empty`,
    });
  });
});

describe('agent config show', () => {
  it('prints what holds as YAML, and where it came from', () => {
    const config = fileWith('\ntags: {env: prod}\nsampleInterval: 1500ms\n');
    const told = showConfigOf({ config, url: 'https://a.example/' }, { HYPERVIGIL_HOST: 'b' });
    if (!told.ok) throw new Error(told.error);
    const lines = told.value.split('\n');
    expect(lines).toContain('url: https://a.example/  # --url');
    expect(lines).toContain('# keyFile: not set');
    expect(lines).toContain('host: b  # HYPERVIGIL_HOST');
    expect(lines).toContain(`sampleInterval: 1500ms  # ${config}:3:1`);
    expect(lines).toContain('batchInterval: 60s  # default');
    expect(lines).toContain(`tags:  # ${config}:2:1`);
    expect(parse(told.value)).toMatchObject({ host: 'b', tags: { env: 'prod' } });
  });

  it('can be read again', () => {
    const config = fileWith(
      'scrape: [{url: "http://a/metrics", include: "a|b"}]\nspoolDir: off\nhost: a\n',
    );
    const first = showConfigOf({ config }, {});
    if (!first.ok) throw new Error(first.error);
    const again = showConfigOf({ config: fileWith(first.value) }, {});
    if (!again.ok) throw new Error(again.error);
    expect(parse(again.value)).toEqual(parse(first.value));
  });

  it('hides passwords in addresses and arguments of programs', () => {
    const config = fileWith(`url: https://me:geheim1@a.example
scrape: [{url: "http://me:geheim2@b/metrics?token=geheim3&module=x"}]
exec: [{name: c, command: [/bin/c, "--password=geheim4"]}]
`);
    const told = showConfigOf({ config }, {});
    expect(told).toMatchObject({ ok: true, value: expect.not.stringContaining('geheim') });
    expect(told).toMatchObject({ value: expect.stringContaining('/bin/c') });
    expect(told).toMatchObject({ value: expect.stringContaining('b/metrics') });
  });
});
