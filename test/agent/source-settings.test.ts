import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SOURCES, SourceSettingsSchema } from '../../agent/source-settings.ts';

function problemIn(settings: unknown): string {
  const parsed = v.safeParse(SourceSettingsSchema, settings);
  if (parsed.success) return 'nothing wrong';
  return `${v.getDotPath(parsed.issues[0])}: ${parsed.issues[0].message}`;
}

describe('the settings of sources', () => {
  it('need none to be given', () => {
    expect(DEFAULT_SOURCES).toEqual({
      libvirt: {},
      scrape: [],
      exec: [],
      containers: { dockerSocket: '/run/docker.sock', podmanSocket: '/run/podman/podman.sock' },
      systemd: { units: [], ignore: [] },
      windowsServices: { services: [], ignore: [] },
    });
  });

  it('have defaults for a target of which only the address is given', () => {
    const url = 'http://localhost:9100/metrics';
    expect(v.parse(SourceSettingsSchema, { scrape: [{ url }] }).scrape).toEqual([
      {
        url: new URL(url),
        ...{ job: 'scrape', labels: {}, maxSeries: 500, interval: 60_000, timeout: 10_000 },
      },
    ]);
  });

  it('match whole names', () => {
    const [target] = v.parse(SourceSettingsSchema, {
      scrape: [{ url: 'http://a/metrics', include: 'node_load1|node_up', interval: '2m' }],
    }).scrape;
    expect(target?.interval).toBe(120_000);
    expect(target?.include?.test('node_load1')).toBe(true);
    expect(target?.include?.test('node_load15')).toBe(false);
  });

  it.each([
    [{ scrape: [{ url: 'ftp://a' }] }, 'scrape.0.url: must be an http:// or https:// address'],
    [
      { scrape: [{ url: 'http://a', include: '(' }] },
      'scrape.0.include: must be a regular expression',
    ],
    [{ scrape: [{ url: 'http://a', interval: '1s' }] }, 'scrape.0.interval: must be at least 5s'],
    [
      { scrape: [{ url: 'http://a', interval: 'often' }] },
      'scrape.0.interval: must be a time such as 30s or 5m',
    ],
    [
      { scrape: [{ url: 'http://a', labels: { host: 'b' } }] },
      'scrape.0.labels.host: is a label of our own',
    ],
    [
      { scrape: [{ url: 'http://a/1' }, { url: 'http://a/2' }] },
      'scrape: must not have one job twice for one host and port',
    ],
    [
      { exec: [{ name: 'a', command: ['df'] }] },
      'exec.0.command: must begin with the absolute path of a program',
    ],
    [
      { exec: [{ name: 'a b', command: ['/bin/df'] }] },
      'exec.0.name: must be a short name of letters, digits, ".", "_" and "-"',
    ],
    [
      {
        exec: [
          { name: 'a', command: ['/bin/df'] },
          { name: 'a', command: ['/bin/ls'] },
        ],
      },
      'exec: must not have one name twice',
    ],
    [{ textfile: { directory: 'metrics' } }, 'textfile.directory: must be an absolute path'],
  ])('say what is wrong: %j', (settings, problem) => {
    expect(problemIn(settings)).toBe(problem);
  });

  it('refuse what they do not know', () => {
    expect(problemIn({ systemd: { unit: ['nginx'] } })).toMatch(/^systemd\.unit: /);
  });
});
