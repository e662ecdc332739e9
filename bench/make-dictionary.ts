import { writeFileSync } from 'node:fs';
import { HOST_METRICS } from '../core/catalogue/host-metrics.ts';
import { VM_METRICS } from '../core/catalogue/vm-metrics.ts';
import { ByteWriter } from '../core/chunk/byte-writer.ts';
import { groupSeries, writeGroups } from '../core/chunk/targets.ts';
import { labelsFrom } from '../core/series/labels.ts';

/**
 * `node bench/make-dictionary.ts N`: writes core/chunk/dictionary-N.ts from the catalogue, the label
 * values most hosts have, and the order in which the agent names its series. For a new
 * dictionary only: one that chunks were made with is never written again.
 */

/** Deflate finds what is near more cheaply, so what is rare comes first. */
const RARE_NAMES = [
  'up',
  'hypervigil_agent_samples_dropped_total',
  'vm_disk_backing_usage_percent',
  'host_swap_usage_percent',
  'host_swap_in_bytes_per_second',
  'host_swap_out_bytes_per_second',
  'host_network_receive_usage_percent',
  'host_network_transmit_usage_percent',
  'host_conntrack_usage_percent',
];
const VALUES: Readonly<Record<string, readonly string[]>> = {
  reason: [
    'failed',
    'watchdog',
    'wakeup',
    'snapshot',
    'saved',
    'restored',
    'migration',
    'migrated',
    'unknown',
    'ioerror',
    'user',
    'unpaused',
    'destroyed',
    'shutdown',
    'panicked',
    'crashed',
    'hung',
  ],
  fstype: ['zfs', 'btrfs', 'vfat', 'nfs4', 'xfs', 'ext4'],
  mountpoint: [
    '/data',
    '/srv',
    '/tmp',
    '/var/log',
    '/var/lib/libvirt/images',
    '/var/lib/docker',
    '/var',
    '/home',
    '/boot/efi',
    '/boot',
    '/',
  ],
  device: [
    'bond0',
    'br0',
    'enp1s0',
    'enp3s0f0',
    'eno1',
    'eno2',
    'ens3',
    'ens18',
    'eth1',
    'net1',
    'vdb',
    'sdc',
    'sdb',
    'nvme1n1',
    'nvme0n1',
  ],
  os: [
    'Rocky Linux 9',
    'Red Hat Enterprise Linux 9',
    'Ubuntu 24.04',
    'Ubuntu 22.04',
    'Proxmox VE',
    'Debian GNU/Linux 13',
    'Debian GNU/Linux 12',
  ],
  kernel: ['5.15.0-generic', '6.8.0-generic', '6.12.0-amd64', '6.1.0-amd64'],
  cpu: [
    'Apple',
    'ARM Neoverse',
    'Intel Core i7',
    'AMD Ryzen',
    'Intel Xeon Gold',
    'Intel Xeon',
    'AMD EPYC',
  ],
  arch: ['arm64', 'x64'],
  virtualization: ['VMware', 'Hyper-V', 'KVM', 'none'],
};

const COLLECTORS = [
  'cpu',
  'load',
  'memory',
  'pressure',
  'processes',
  'uptime',
  'disk',
  'filesystem',
  'network',
  'info',
  'libvirt',
];
/** The agent's numbers without labels come before devices: they share the host's group. */
const AGENT_PLAIN = [
  'hypervigil_agent_batch_interval_seconds',
  'hypervigil_agent_sample_cpu_seconds',
  'hypervigil_agent_resident_memory_bytes',
];

const host = { host: 'h' };
const vm = { ...host, vm: 'vm', uuid: '00000000-0000-0000-0000-000000000000' };

function textOf(series: readonly Readonly<Record<string, string>>[]): string {
  const out = new ByteWriter();
  writeGroups(out, groupSeries(series.map((labels) => ({ labels: labelsFrom(labels) }))));
  return Buffer.from(out.bytes()).toString('latin1');
}

function named(
  metrics: readonly { readonly name: string }[],
  labels: Readonly<Record<string, string>>,
  which: RegExp,
) {
  return metrics
    .filter(({ name }) => which.test(name) && !RARE_NAMES.includes(name))
    .map(({ name }) => ({ __name__: name, ...labels }));
}

const hostSeries = [
  ...named(HOST_METRICS, host, /^host_(?!disk_|filesystem_|network_|info)/),
  ...AGENT_PLAIN.map((name) => ({ __name__: name, ...host })),
  ...named(HOST_METRICS, { ...host, device: 'sda' }, /^host_disk_/),
  ...named(HOST_METRICS, { ...host, fstype: 'ext4', mountpoint: '/' }, /^host_filesystem_/),
  ...named(HOST_METRICS, { ...host, device: 'eth0' }, /^host_network_/),
  {
    __name__: 'host_info',
    ...host,
    arch: 'x64',
    cpu: 'AMD EPYC',
    kernel: '6.1.0',
    os: 'Debian GNU/Linux 12',
    virtualization: 'none',
  },
];
const vmSeries = [
  ...named(VM_METRICS, vm, /^vm_up/),
  ...named(VM_METRICS, { ...vm, hypervisor: 'qemu', vcpus: '1' }, /^vm_info/),
  ...named(VM_METRICS, { ...vm, reason: 'booted' }, /^vm_state/),
  ...named(VM_METRICS, vm, /^vm_(cpu|memory)/),
  ...named(VM_METRICS, { ...vm, device: 'vda' }, /^vm_disk/),
  ...named(VM_METRICS, { ...vm, device: 'net0' }, /^vm_network/),
];
const agentSeries = [
  { __name__: 'hypervigil_agent_info', ...host, version: '0.1.0' },
  ...COLLECTORS.map((collector) => ({
    __name__: 'hypervigil_agent_collector_up',
    ...host,
    collector,
  })),
];

const rare = Object.entries(VALUES).map(([name, values]) =>
  values.map((value) => `${name}\0${value}\0`).join(''),
);
const dictionary = [
  ...RARE_NAMES.map((name) => `${name}\0`),
  ...rare,
  textOf([...hostSeries, ...vmSeries, ...agentSeries]),
].join('');

const [id] = process.argv.slice(2);
if (id === undefined) throw new Error('usage: node bench/make-dictionary.ts N');
const text = JSON.stringify(dictionary)
  .replaceAll('\\u0000', '\\0')
  .replaceAll(/\\0(?=\d)/g, '\\x00');
writeFileSync(
  new URL(`../core/chunk/dictionary-${id}.ts`, import.meta.url),
  `/** Made by bench/make-dictionary.ts; frozen, since chunks in tables were made with it. */\nexport const DICTIONARY_${id} =\n  ${text};\n`,
);
console.log(`${dictionary.length} bytes`);
