import { messages, t } from '../../i18n/language.ts';
import type { ChartSpec } from '../../machine/chart-specs.ts';
import type { KeyNumber } from '../../machine/key-numbers.tsx';

const TEXTS = messages({
  cpu: { en: 'CPU, of its vCPUs', zh: 'CPU（占其 vCPU）' },
  used: { en: 'used', zh: '已用' },
  contention: { en: 'Contention: time it waited for a CPU', zh: '争用：等待 CPU 的时间' },
  waited: { en: 'Waited for CPU', zh: '等待 CPU' },
  guestMemory: { en: 'Memory', zh: '内存' },
  steal: { en: 'waited for the host (steal)', zh: '等待主机（steal）' },
  memory: { en: 'Memory, as the guest sees it', zh: '内存（客户机视角）' },
  balloon: { en: 'Memory', zh: '内存大小' },
  has: { en: 'the guest has (balloon)', zh: '客户机可用（气球）' },
  guest: { en: 'the guest uses', zh: '客户机已用' },
  resident: { en: 'the host holds for it', zh: '主机为其占用' },
  disks: { en: 'Disk', zh: '磁盘' },
  disk: { en: 'Disk throughput', zh: '磁盘吞吐' },
  read: { en: 'read', zh: '读' },
  written: { en: 'written', zh: '写' },
  operations: { en: 'Disk operations', zh: '磁盘操作' },
  latency: { en: 'Disk latency', zh: '磁盘延迟' },
  inFlight: { en: 'Disk requests under way', zh: '进行中的磁盘请求' },
  backing: { en: 'Storage under thin disks', zh: '精简磁盘的底层存储' },
  network: { en: 'Network', zh: '网络' },
  received: { en: 'received', zh: '接收' },
  sent: { en: 'sent', zh: '发送' },
  packets: { en: 'Packets', zh: '数据包' },
  drops: { en: 'Packets dropped', zh: '丢包' },
});

/** The charts of a VM. */
export const VM_CHARTS: readonly ChartSpec[] = [
  {
    id: 'cpu',
    title: TEXTS.cpu,
    unit: 'percent',
    alertsOf: ['vm_condition'],
    parts: [{ metric: 'vm_cpu_usage_percent', text: TEXTS.used }],
  },
  {
    id: 'steal',
    title: TEXTS.contention,
    unit: 'percent',
    parts: [{ metric: 'vm_cpu_steal_percent', text: TEXTS.steal }],
  },
  {
    id: 'memory',
    title: TEXTS.memory,
    unit: 'percent',
    isOptional: true,
    parts: [{ metric: 'vm_memory_usage_percent', text: TEXTS.used }],
  },
  {
    id: 'balloon',
    title: TEXTS.balloon,
    unit: 'bytes',
    parts: [
      { metric: 'vm_memory_total_bytes', text: TEXTS.has },
      { metric: 'vm_memory_used_bytes', text: TEXTS.guest },
      { metric: 'vm_memory_resident_bytes', text: TEXTS.resident },
    ],
  },
  {
    id: 'disk',
    title: TEXTS.disk,
    unit: 'bytes_per_second',
    parts: [
      { metric: 'vm_disk_read_bytes_per_second', by: 'device', text: TEXTS.read },
      { metric: 'vm_disk_write_bytes_per_second', by: 'device', text: TEXTS.written },
    ],
  },
  {
    id: 'operations',
    title: TEXTS.operations,
    unit: 'operations_per_second',
    isOptional: true,
    parts: [
      { metric: 'vm_disk_read_operations_per_second', by: 'device', text: TEXTS.read },
      { metric: 'vm_disk_write_operations_per_second', by: 'device', text: TEXTS.written },
    ],
  },
  {
    id: 'latency',
    title: TEXTS.latency,
    unit: 'seconds',
    isOptional: true,
    parts: [{ metric: 'vm_disk_latency_seconds', by: 'device' }],
  },
  {
    id: 'in-flight',
    title: TEXTS.inFlight,
    unit: '',
    isOptional: true,
    parts: [{ metric: 'vm_disk_requests_in_flight', by: 'device' }],
  },
  {
    id: 'backing',
    title: TEXTS.backing,
    unit: 'percent',
    isOptional: true,
    parts: [{ metric: 'vm_disk_backing_usage_percent', by: 'device' }],
  },
  {
    id: 'network',
    title: TEXTS.network,
    unit: 'bytes_per_second',
    parts: [
      { metric: 'vm_network_receive_bytes_per_second', by: 'device', text: TEXTS.received },
      { metric: 'vm_network_transmit_bytes_per_second', by: 'device', text: TEXTS.sent },
    ],
  },
  {
    id: 'packets',
    title: TEXTS.packets,
    unit: 'packets_per_second',
    isOptional: true,
    parts: [
      { metric: 'vm_network_receive_packets_per_second', by: 'device', text: TEXTS.received },
      { metric: 'vm_network_transmit_packets_per_second', by: 'device', text: TEXTS.sent },
    ],
  },
  {
    id: 'drops',
    title: TEXTS.drops,
    unit: 'packets_per_second',
    isOptional: true,
    parts: [
      { metric: 'vm_network_receive_drops_per_second', by: 'device', text: TEXTS.received },
      { metric: 'vm_network_transmit_drops_per_second', by: 'device', text: TEXTS.sent },
    ],
  },
];

/** What is said of a VM in one row. */
export function vmNumbers(): KeyNumber[] {
  const sum = (title: string, ways: readonly string[]): KeyNumber => ({
    title,
    unit: 'bytes_per_second',
    metrics: ways.map((way) => `vm_${way}_bytes_per_second`),
    of: 'sum',
  });
  const greatest = (title: string, metric: string): KeyNumber => ({
    ...{ title, unit: 'percent', metrics: [metric], of: 'greatest' },
  });
  return [
    greatest(t(TEXTS.cpu), 'vm_cpu_usage_percent'),
    greatest(t(TEXTS.waited), 'vm_cpu_steal_percent'),
    greatest(t(TEXTS.guestMemory), 'vm_memory_usage_percent'),
    sum(t(TEXTS.disks), ['disk_read', 'disk_write']),
    sum(t(TEXTS.network), ['network_receive', 'network_transmit']),
  ];
}
