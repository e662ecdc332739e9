import { describe, expect, it } from 'vitest';
import { createSystemdUnitsCollector } from '../../../agent/collectors/systemd-units.ts';
import { collect } from '../fixture-host.ts';
import { hostTree } from '../host-tree.ts';
import { collectSettled, notInstalled, program } from './programs.ts';

const SLICE = 'sys/fs/cgroup/system.slice';

/** A block of `systemctl show`, of a service that is enabled and runs, but for the changes. */
function unit(name: string, changes: Readonly<Record<string, string>> = {}): string {
  const properties = {
    Type: 'simple',
    Id: name,
    LoadState: 'loaded',
    ActiveState: 'active',
    SubState: 'running',
    UnitFileState: 'enabled',
    TriggeredBy: '',
    ConditionResult: 'yes',
    InactiveExitTimestampMonotonic: '8410373',
    ...changes,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n');
}

const DEAD = { ActiveState: 'inactive', SubState: 'dead' };

function systemd(
  units: readonly string[],
  settings: { required?: string[]; ignored?: string[] } = {},
) {
  const host = hostTree({
    'run/systemd/system/.keep': '',
    [`${SLICE}/ssh.service/cgroup.procs`]: '',
  });
  const shown = [...units];
  const { run, calls } = program(() => ({ stdout: `${shown.join('\n\n')}\n` }));
  const { files, monotonicMs } = host;
  const { required = [], ignored = [] } = settings;
  const options = { files, run, monotonicMs, required, ignored };
  return { host, shown, calls, units: createSystemdUnitsCollector(options) };
}

describe('the systemd collector', () => {
  it('names services that failed, are restarted, or ended though they are enabled', async () => {
    const { units } = systemd([
      unit('ssh.service'),
      unit('nginx.service', {
        ActiveState: 'failed',
        SubState: 'failed',
        UnitFileState: 'disabled',
      }),
      unit('api.service', { ActiveState: 'activating', SubState: 'auto-restart' }),
      unit('cron.service', DEAD),
    ]);
    expect(await collectSettled(units)).toEqual({
      'host_systemd_unit_down{nginx.service,failed}': 1,
      'host_systemd_unit_down{api.service,restarting}': 1,
      'host_systemd_unit_down{cron.service,inactive}': 1,
    });
    expect((await units.check()).sees).toBe(
      '4 services; down: nginx.service (failed), api.service (restarting), cron.service (inactive)',
    );
  });

  it.each([
    ['a one-shot', { Type: 'oneshot' }],
    ['one that the bus starts', { Type: 'dbus' }],
    ['one that a socket starts', { TriggeredBy: 'ssh.socket' }],
    ['one whose condition does not hold', { ConditionResult: 'no' }],
    ['one that was never started', { InactiveExitTimestampMonotonic: '0' }],
    ['one that is not enabled', { UnitFileState: 'disabled' }],
    ['one of the distribution', { UnitFileState: 'static' }],
  ])('leaves %s in peace when it does not run', async (_, changes) => {
    const { units } = systemd([unit('one.service', { ...DEAD, ...changes })]);
    expect(await collectSettled(units)).toEqual({});
  });

  it('watches what it is told to, and not what it is told not to', async () => {
    const { units, calls } = systemd(
      [
        unit('job.service', { ...DEAD, Type: 'oneshot', UnitFileState: 'disabled' }),
        unit('gone.service', { ...DEAD, LoadState: 'not-found' }),
        unit('data.mount', { ActiveState: 'failed', SubState: 'failed' }),
        unit('noisy.service', { ActiveState: 'failed', SubState: 'failed' }),
      ],
      { required: ['job', 'gone', 'data.mount'], ignored: ['noisy'] },
    );
    expect(await collectSettled(units)).toEqual({
      'host_systemd_unit_down{job.service,inactive}': 1,
      'host_systemd_unit_down{gone.service,missing}': 1,
      'host_systemd_unit_down{data.mount,failed}': 1,
    });
    expect(calls[0]?.slice(-4)).toEqual(['*.service', 'job.service', 'gone.service', 'data.mount']);
  });

  it('asks when services come or go, else every five minutes', async () => {
    const { units, calls, host, shown } = systemd([unit('ssh.service')]);
    expect(await collectSettled(units)).toEqual({});
    host.advance(30_000);
    await collectSettled(units);
    expect(calls).toHaveLength(1);
    host.remove(`${SLICE}/ssh.service`);
    shown[0] = unit('ssh.service', { ActiveState: 'failed', SubState: 'failed' });
    expect(await collectSettled(units)).toHaveProperty(
      'host_systemd_unit_down{ssh.service,failed}',
    );
    expect(calls).toHaveLength(2);
    host.advance(5 * 60_000);
    await collectSettled(units);
    expect(calls).toHaveLength(3);
  });

  it('is absent without systemd, and fails with its reason', async () => {
    const { files, monotonicMs } = hostTree();
    const { run } = program(() => ({ exitCode: 1, stderr: 'Failed to connect to bus: Refused\n' }));
    const options = { run, monotonicMs, required: [], ignored: [] };
    const without = createSystemdUnitsCollector({ ...options, files });
    expect(await without.collect({ nowMs: 1, withinMs: 1 })).toBe('absent');
    const host = hostTree({ 'run/systemd/system/.keep': '' });
    const mounted = { ...options, files: host.files, run: program(notInstalled).run };
    const within = createSystemdUnitsCollector(mounted);
    await expect(collectSettled(within)).rejects.toThrow('systemd-units is absent');
    const broken = createSystemdUnitsCollector({ ...options, files: host.files });
    await expect(collectSettled(broken)).rejects.toThrow('Failed to connect to bus: Refused');
    await expect(collect(broken)).rejects.toThrow();
  });
});
