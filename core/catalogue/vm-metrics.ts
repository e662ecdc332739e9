import type { Metric } from './metric.ts';

const KIB = 1024;

/** Metrics of a VM; each also carries `vm` (its name) and `uuid`. In the order the agent sends them. */
export const VM_METRICS = [
  {
    name: 'vm_up',
    unit: 'state',
    help: '1 while the VM runs and answers, else 0.',
    labels: [],
    source: 'libvirt: state.state = 1 and not hung',
    resolution: 1,
  },
  {
    name: 'vm_info',
    unit: 'info',
    help: 'Always 1; its labels say what the VM is. `connection` is the address of a libvirt that is read from afar.',
    labels: ['hypervisor', 'connection', 'vcpus'],
    source: 'libvirt: connection URI, vcpu.current',
    resolution: 1,
  },
  {
    name: 'vm_state',
    unit: 'state',
    help: 'State as libvirt numbers it (1 running, 3 paused, 5 shut off, 6 crashed ...); `reason` says why. A VM whose process answers no more has reason "hung".',
    labels: ['reason'],
    source: 'libvirt: state.state, state.reason',
    resolution: 1,
  },
  {
    name: 'vm_job_active',
    unit: 'state',
    help: '1 while libvirt does something lasting with the VM; `operation` is backup, snapshot, migration_in, migration_out, save, restore, dump ..., or unknown. No series while it does nothing. A block job (blockcommit, blockcopy) is not one.',
    labels: ['operation'],
    source: "libvirt: the domain's job statistics",
    resolution: 1,
  },
  percent(
    'vm_cpu_usage_percent',
    'CPU time used, of what its vCPUs could use.',
    'libvirt: growth of cpu.time / (interval x vCPUs) x 100',
  ),
  percent(
    'vm_cpu_steal_percent',
    'Time its vCPUs were ready to run and the host had no core for them.',
    'libvirt: growth of vcpu.N.delay / (interval x vCPUs) x 100',
  ),
  percent(
    'vm_memory_usage_percent',
    'Memory in use as the guest sees it; needs the balloon driver.',
    'libvirt: (balloon.available - balloon.usable) / balloon.available x 100',
  ),
  bytes(
    'vm_memory_used_bytes',
    'Memory in use as the guest sees it.',
    'libvirt: balloon.available - balloon.usable',
  ),
  bytes(
    'vm_memory_total_bytes',
    'Memory the guest has: its own MemTotal, or the balloon size where it does not say.',
    'libvirt: balloon.available, else balloon.current',
  ),
  bytes('vm_memory_resident_bytes', 'Host memory its process holds.', 'libvirt: balloon.rss'),
  disk('vm_disk_read_operations_per_second', 'per_second', 'Reads.', 'block.N.rd.reqs', 1),
  disk('vm_disk_write_operations_per_second', 'per_second', 'Writes.', 'block.N.wr.reqs', 1),
  disk('vm_disk_read_bytes_per_second', 'bytes_per_second', 'Bytes read.', 'block.N.rd.bytes', KIB),
  disk(
    'vm_disk_write_bytes_per_second',
    'bytes_per_second',
    'Bytes written.',
    'block.N.wr.bytes',
    KIB,
  ),
  disk(
    'vm_disk_latency_seconds',
    'seconds',
    'Mean time of a read, write or flush; no sample without any.',
    'growth of rd.times + wr.times + fl.times / growth of their requests',
    0.0001,
  ),
  disk(
    'vm_disk_requests_in_flight',
    'count',
    "Requests under way on average (Little's law): above 1 the disk is the bottleneck.",
    'growth of rd.times + wr.times + fl.times / interval',
    0.01,
  ),
  {
    name: 'vm_disk_backing_usage_percent',
    unit: 'percent',
    help: 'How full the block device under a thin image is; only for such disks.',
    labels: ['device'],
    source:
      'libvirt: block.N.allocation / block.N.physical x 100 where the path is a device and physical < capacity',
    resolution: 0.01,
  },
  network(
    'vm_network_receive_bytes_per_second',
    'bytes_per_second',
    'Bytes the guest received.',
    'net.N.rx.bytes',
    KIB,
  ),
  network(
    'vm_network_transmit_bytes_per_second',
    'bytes_per_second',
    'Bytes the guest sent.',
    'net.N.tx.bytes',
    KIB,
  ),
  network(
    'vm_network_receive_packets_per_second',
    'per_second',
    'Packets the guest received.',
    'net.N.rx.pkts',
    1,
  ),
  network(
    'vm_network_transmit_packets_per_second',
    'per_second',
    'Packets the guest sent.',
    'net.N.tx.pkts',
    1,
  ),
  network(
    'vm_network_receive_drops_per_second',
    'per_second',
    'Packets to the guest dropped or in error.',
    'net.N.rx.drop + net.N.rx.errs',
    0.01,
  ),
  network(
    'vm_network_transmit_drops_per_second',
    'per_second',
    'Packets from the guest dropped or in error.',
    'net.N.tx.drop + net.N.tx.errs',
    0.01,
  ),
] as const satisfies readonly Metric[];

function percent<N extends string>(name: N, help: string, source: string) {
  return {
    name,
    unit: 'percent',
    help,
    labels: [] as readonly string[],
    source,
    resolution: 0.01,
  } as const;
}

function bytes<N extends string>(name: N, help: string, source: string) {
  return {
    name,
    unit: 'bytes',
    help,
    labels: [] as readonly string[],
    source,
    resolution: KIB,
  } as const;
}

function disk<N extends string, U extends Metric['unit']>(
  name: N,
  unit: U,
  help: string,
  field: string,
  resolution: number,
) {
  return {
    name,
    unit,
    help,
    labels: ['device'] as readonly string[],
    source: `libvirt: ${field}`,
    resolution,
  } as const;
}

function network<N extends string, U extends Metric['unit']>(
  name: N,
  unit: U,
  help: string,
  field: string,
  resolution: number,
) {
  return {
    name,
    unit,
    help,
    labels: ['device'] as readonly string[],
    source: `libvirt: growth of ${field} per second`,
    resolution,
  } as const;
}
