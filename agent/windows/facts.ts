import { arch, release } from 'node:os';
import * as v from 'valibot';
import { fingerprint, MACHINE_LETTERS } from '../collectors/host-identity.ts';
import type { HostFacts } from '../collectors/info.ts';
import { cimText, rowsIn } from './cim.ts';
import type { PowerShell } from './powershell.ts';
import { ANSWER_WITHIN_MS } from './read-rows.ts';

/** All facts in one answer: a class of one instance each, and the id that Windows was installed with. */
const FACTS_SCRIPT = [
  "$os=Get-CimInstance -Query 'SELECT Caption,Version FROM Win32_OperatingSystem';",
  "$cpu=@(Get-CimInstance -Query 'SELECT Name FROM Win32_Processor')[0];",
  "$pc=Get-CimInstance -Query 'SELECT Manufacturer,Model FROM Win32_ComputerSystem';",
  "$id=(Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Cryptography' MachineGuid -ErrorAction SilentlyContinue).MachineGuid;",
  "$build=(Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion' UBR -ErrorAction SilentlyContinue).UBR;",
  '@{Caption=$os.Caption;Version=$os.Version;Build=[string]$build;Cpu=$cpu.Name;Manufacturer=$pc.Manufacturer;Model=$pc.Model;MachineGuid=$id}',
].join('');

const Facts = v.pipe(
  v.unknown(),
  v.transform(rowsIn),
  v.tuple([
    v.object({
      Caption: cimText,
      Version: cimText,
      /** The number of the cumulative update: `10.0.20348` is an unpatched and a patched one. */
      Build: cimText,
      Cpu: cimText,
      Manufacturer: cimText,
      Model: cimText,
      MachineGuid: cimText,
    }),
  ]),
);

/**
 * What this Windows is. Its boot has no id: that of a counter in the registry lags behind, and the
 * time of the boot moves with the clock. So two copies of an installation are told apart by nothing.
 */
export async function loadWindowsFacts(powerShell: PowerShell): Promise<HostFacts> {
  const answer = await powerShell.ask(FACTS_SCRIPT, ANSWER_WITHIN_MS);
  if (!answer.ok) throw new Error(answer.error.message);
  const [facts] = v.parse(Facts, answer.value);
  const version = facts.Version ?? release();
  return {
    os: facts.Caption ?? 'Windows',
    kernel: facts.Build === undefined ? version : `${version}.${facts.Build}`,
    arch: arch(),
    cpu: (facts.Cpu ?? '').replaceAll(/\s+/g, ' '),
    virtualization: hypervisorOf(facts.Manufacturer ?? '', facts.Model ?? ''),
    machine: fingerprint(facts.MachineGuid ?? '', MACHINE_LETTERS),
    boot: '',
  };
}

/** By what firmware says of the machine; '' for one that names none. */
const HYPERVISORS: readonly (readonly [RegExp, string])[] = [
  [/^VMware/, 'VMware'],
  [/^Microsoft Corporation Virtual Machine/, 'Hyper-V'],
  [/VirtualBox/, 'VirtualBox'],
  [/^Xen/, 'Xen'],
  [
    /^(QEMU|Red Hat|Amazon EC2|Google|DigitalOcean|Hetzner|Nutanix|OpenStack|KubeVirt)|KVM|oVirt|RHEV/,
    'KVM',
  ],
  [/Parallels/, 'Parallels'],
];

/** The hypervisor that a machine of this maker and model is of; '' for a physical one. */
export function hypervisorOf(manufacturer: string, model: string): string {
  const name = `${manufacturer} ${model}`;
  // Bare metal of a cloud has the same maker.
  if (/\.metal\b/.test(model)) return '';
  return HYPERVISORS.find(([pattern]) => pattern.test(name))?.[1] ?? '';
}
