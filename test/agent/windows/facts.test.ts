import { arch } from 'node:os';
import { expect, test } from 'vitest';
import { hypervisorOf, loadWindowsFacts } from '../../../agent/windows/facts.ts';
import { fixtureWindows, Refusal } from './fake-powershell.ts';

test('a Windows host says what it is, with a fingerprint of the id it was installed with', async () => {
  const facts = await loadWindowsFacts(fixtureWindows().powerShell);
  expect(facts).toEqual({
    os: 'Microsoft Windows Server 2022 Datacenter',
    kernel: '10.0.20348.2322',
    arch: arch(),
    cpu: 'Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz',
    virtualization: '',
    machine: expect.stringMatching(/^[\w-]{8}$/),
    boot: '',
  });
});

test('what is not known is empty, and what fails says why', async () => {
  const bare = { Caption: null, Version: '10.0.20348', Build: '', Cpu: null, MachineGuid: null };
  const { powerShell } = fixtureWindows({ facts: [bare] });
  expect(await loadWindowsFacts(powerShell)).toMatchObject({
    os: 'Windows',
    kernel: '10.0.20348',
    cpu: '',
    machine: '',
  });
  const refused = fixtureWindows({ facts: new Refusal('AccessDenied', 'Accès refusé') });
  await expect(loadWindowsFacts(refused.powerShell)).rejects.toThrow('Accès refusé');
});

test.each([
  ['VMware, Inc.', 'VMware7,1', 'VMware'],
  ['Microsoft Corporation', 'Virtual Machine', 'Hyper-V'],
  ['Microsoft Corporation', 'Surface Pro 9', ''],
  ['QEMU', 'Standard PC (Q35 + ICH9, 2009)', 'KVM'],
  ['Red Hat', 'KVM', 'KVM'],
  ['innotek GmbH', 'VirtualBox', 'VirtualBox'],
  ['Xen', 'HVM domU', 'Xen'],
  ['Amazon EC2', 'm5.large', 'KVM'],
  ['Amazon EC2', 'm5.metal', ''],
  ['Dell Inc.', 'PowerEdge R750', ''],
])('a %s %s is within %s', (manufacturer, model, hypervisor) => {
  expect(hypervisorOf(manufacturer, model)).toBe(hypervisor);
});
