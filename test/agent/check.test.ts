import { describe, expect, it } from 'vitest';
import { checkCollectors, checkServer, formatFindings } from '../../agent/check.ts';
import type { CollectorCheck } from '../../agent/collectors/collector.ts';
import type { AgentConfig } from '../../agent/config.ts';
import type { PostOutcome } from '../../agent/poster.ts';

const CONFIG: AgentConfig = {
  url: new URL('https://hv.example'),
  keyFile: '/etc/hypervigil/key',
  host: 'web1',
  sampleIntervalMs: 10_000,
  batchIntervalMs: 60_000,
  rootDir: '/',
  spoolDir: undefined,
};

const collectorThat = (check: () => Promise<CollectorCheck>) => ({
  name: 'disk',
  check,
  collect: async () => [],
});

describe('agent check', () => {
  it('takes a collector that throws for one in trouble, and the others as they are', async () => {
    const findings = await checkCollectors([
      collectorThat(async () => ({ status: 'ok', sees: '1 disk' })),
      collectorThat(() => Promise.reject(new Error('/proc/diskstats: no permission'))),
    ]);
    expect(findings).toEqual([
      { what: 'disk', status: 'ok', sees: '1 disk' },
      { what: 'disk', status: 'trouble', sees: '/proc/diskstats: no permission' },
    ]);
  });

  it.each([
    [{ kind: 'refused', reason: 'refused', message: 'truncated' }, 'ok', 'takes the key'],
    [{ kind: 'misconfigured', message: 'no such key' }, 'trouble', 'no such key'],
    [{ kind: 'later', afterMs: undefined, message: 'nothing listens' }, 'trouble', 'nothing'],
  ] satisfies [PostOutcome, string, string][])('reads %j as %s', async (outcome, status, sees) => {
    expect(await checkServer(CONFIG, async () => outcome)).toMatchObject({
      status,
      sees: expect.stringContaining(sees),
    });
  });

  it('asks no server without an address or a key, and says how to give them', async () => {
    const never = () => Promise.reject(new Error('was asked'));
    expect(await checkServer({ ...CONFIG, url: undefined }, never)).toMatchObject({
      status: 'absent',
      mend: expect.stringContaining('HYPERVIGIL_URL'),
    });
    expect(await checkServer({ ...CONFIG, keyFile: undefined }, never)).toMatchObject({
      status: 'trouble',
      mend: expect.stringContaining('HYPERVIGIL_KEY_FILE'),
    });
  });

  it('prints one line for each, and what to do below', () => {
    expect(
      formatFindings([
        { what: 'cpu', status: 'ok', sees: '2 CPUs' },
        { what: 'pressure', status: 'absent', sees: 'no /proc/pressure', mend: 'boot with psi=1' },
      ]).split('\n'),
    ).toEqual([
      'ok       cpu       2 CPUs',
      'absent   pressure  no /proc/pressure',
      '                   -> boot with psi=1',
    ]);
  });
});
