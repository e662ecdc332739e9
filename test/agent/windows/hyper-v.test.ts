import { describe, expect, test } from 'vitest';
import { createHyperVCollector } from '../../../agent/windows/hyper-v.ts';
import { vmStateOf } from '../../../agent/windows/hyper-v-state.ts';
import { vmKind } from '../../../core/topology/vm-kind.ts';
import { collect } from '../fixture-host.ts';
import { fixture, fixtureWindows, NO_SUCH_CLASS, Refusal } from './fake-powershell.ts';

const uuid = (n: number) => `0000000${n}-1111-2222-3333-444444444444`;
const NONE = new Refusal(
  'NoMatchingEventsFound,Microsoft.PowerShell.Commands.GetWinEventCommand',
  '',
);

describe('the VMs of a Hyper-V host', () => {
  test('have a state and a reason as those of libvirt, and what they are given while they run', async () => {
    const { host, powerShell } = fixtureWindows();
    const hyperV = createHyperVCollector(powerShell, () => 0);
    await collect(hyperV);
    host.reading = 1;
    const numbers = await collect(hyperV);
    const of = (vm: string, n: number) =>
      Object.fromEntries(
        Object.entries(numbers).flatMap(([name, value]) =>
          name.includes(`{${vm},${uuid(n)}`) ? [[name.replace(`${vm},${uuid(n)}`, ''), value]] : [],
        ),
      );
    expect(of('web01', 1)).toEqual({
      'vm_up{}': 1,
      'vm_info{,hyperv,2}': 1,
      'vm_state{,unknown}': 1,
      'vm_cpu_usage_percent{}': 30,
      'vm_memory_total_bytes{}': 4 * 2 ** 30,
    });
    // Its processor began to count anew: it was started again.
    expect(of('db:1', 2)).toEqual({
      'vm_up{}': 1,
      'vm_info{,hyperv,1}': 1,
      'vm_state{,unknown}': 1,
      'vm_job_active{,backup}': 1,
      'vm_memory_total_bytes{}': 8 * 2 ** 30,
    });
    expect(of('off-by-hand', 3)).toMatchObject({ 'vm_up{}': 0, 'vm_state{,destroyed}': 5 });
    expect(of('off-by-itself', 4)).toMatchObject({ 'vm_state{,shutdown}': 5 });
    expect(of('crashed', 5)).toEqual({
      'vm_up{}': 0,
      'vm_info{,hyperv,2}': 1,
      'vm_state{,crashed}': 5,
    });
    expect(of('no storage', 6)).toMatchObject({ 'vm_up{}': 0, 'vm_state{,ioerror}': 3 });
    expect(of('saved', 7)).toMatchObject({ 'vm_state{,saved}': 5 });
    expect(Object.keys(numbers).some((name) => name.includes('HV-HOST-01'))).toBe(false);
  });

  test('of one name have no CPU usage: the counters know names only', async () => {
    const { host, powerShell } = fixtureWindows();
    const hyperV = createHyperVCollector(powerShell, () => 0);
    await collect(hyperV);
    host.reading = 1;
    const names = Object.keys(await collect(hyperV));
    expect(names).toContain(`vm_up{twin,${uuid(8)}}`);
    expect(names).not.toContain(`vm_cpu_usage_percent{twin,${uuid(8)}}`);
  });

  test('that go off are looked up in the log, as long as an event may still come, and no more', async () => {
    let events: unknown = NONE;
    const { host, powerShell } = fixtureWindows({ events: () => events });
    const hyperV = createHyperVCollector(powerShell, () => 0);
    const stateOf = async () =>
      Object.keys(await collect(hyperV)).find((name) => name.startsWith(`vm_state{off-by-hand`));
    expect(await stateOf()).toContain(',unknown}');
    [events] = fixture('events');
    expect(await stateOf()).toContain(',destroyed}');
    for (let i = 0; i < 5; i++) await stateOf();
    expect(host.asked.filter((name) => name === 'events')).toHaveLength(2);
  });

  test('are none where there is no Hyper-V, which is asked again much later', async () => {
    let nowMs = 0;
    const { host, powerShell } = fixtureWindows({ Msvm_SummaryInformation: NO_SUCH_CLASS });
    const hyperV = createHyperVCollector(powerShell, () => nowMs);
    const context = { nowMs: 1, withinMs: 5000 };
    expect(await hyperV.collect(context)).toBe('absent');
    nowMs = 60_000;
    expect(await hyperV.collect(context)).toBe('absent');
    expect(host.asked.filter((name) => name === 'Msvm_SummaryInformation')).toHaveLength(1);
    expect(await hyperV.check()).toMatchObject({ status: 'absent' });
  });

  test('that could be seen and cannot any more are trouble, not gone', async () => {
    let vms: unknown = fixture('Msvm_SummaryInformation')[0];
    const { powerShell } = fixtureWindows({ Msvm_SummaryInformation: () => vms });
    const hyperV = createHyperVCollector(powerShell, () => 0);
    await collect(hyperV);
    vms = NO_SUCH_CLASS;
    await expect(collect(hyperV)).rejects.toThrow('Ungültige Klasse');
  });

  test('that this account may not see are told of by check', async () => {
    const { powerShell } = fixtureWindows({ Msvm_SummaryInformation: [] });
    const found = await createHyperVCollector(powerShell, () => 0).check();
    expect(found.mend).toContain('Hyper-V Administrators');
  });
});

test.each([
  [2, 5, 'running'],
  [3, 5, 'off'],
  [6, 5, 'off'],
  [9, 5, 'paused'],
  [9, 25, 'ioerror'],
  [10, 5, 'busy'],
  [4, 5, 'leaving'],
  [32768, 5, 'paused'],
  [32769, 5, 'off'],
  [32773, 5, 'busy'],
  [32785, 25, 'ioerror'],
  [12345, 5, undefined],
])('state %d with health %d is of the kind %s', (enabledState, healthState, kind) => {
  const { state, reason } = vmStateOf(enabledState, healthState, 'shutdown');
  expect(vmKind(state, reason)).toBe(kind);
});
