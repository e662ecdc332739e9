import { messages, t } from '../../i18n/language.ts';
import type { ChartSpec } from '../../machine/chart-specs.ts';
import type { KeyNumber } from '../../machine/key-numbers.tsx';

const TEXTS = messages({
  cpu: { en: 'CPU', zh: 'CPU' },
  busy: { en: 'busy', zh: '忙碌' },
  iowait: { en: 'waiting for disks', zh: '等待磁盘' },
  steal: { en: 'stolen by its own hypervisor', zh: '被上层虚拟化占用（steal）' },
  memory: { en: 'Memory', zh: '内存' },
  used: { en: 'memory in use', zh: '已用内存' },
  swap: { en: 'swap in use', zh: '已用交换分区' },
  load: { en: 'Load', zh: '负载' },
  load1: { en: '1 min', zh: '1 分钟' },
  load15: { en: '15 min', zh: '15 分钟' },
  pressure: { en: 'Contention: time in which tasks waited', zh: '争用：任务等待时间占比' },
  forCpu: { en: 'for a CPU', zh: '等待 CPU' },
  forMemory: { en: 'for memory', zh: '等待内存' },
  forIo: { en: 'for disks', zh: '等待磁盘' },
  diskBusy: { en: 'Disks busy', zh: '磁盘忙碌' },
  steals: { en: 'Stolen', zh: '被占用（steal）' },
  disk: { en: 'Disk throughput', zh: '磁盘吞吐' },
  read: { en: 'read', zh: '读' },
  written: { en: 'written', zh: '写' },
  network: { en: 'Network', zh: '网络' },
  received: { en: 'received', zh: '接收' },
  sent: { en: 'sent', zh: '发送' },
  filesystems: { en: 'Filesystems', zh: '文件系统' },
  fullest: { en: 'Fullest filesystem', zh: '最满的文件系统' },
});

/** The charts of a host. */
export const HOST_CHARTS: readonly ChartSpec[] = [
  {
    id: 'cpu',
    title: TEXTS.cpu,
    unit: 'percent',
    alertsOf: ['host_condition'],
    parts: [
      { metric: 'host_cpu_usage_percent', text: TEXTS.busy },
      { metric: 'host_cpu_iowait_percent', text: TEXTS.iowait },
    ],
  },
  {
    id: 'memory',
    title: TEXTS.memory,
    unit: 'percent',
    parts: [
      { metric: 'host_memory_usage_percent', text: TEXTS.used },
      { metric: 'host_swap_usage_percent', text: TEXTS.swap },
    ],
  },
  {
    id: 'load',
    title: TEXTS.load,
    unit: '',
    isOptional: true,
    parts: [
      { metric: 'host_load1', text: TEXTS.load1 },
      { metric: 'host_load15', text: TEXTS.load15 },
    ],
  },
  {
    id: 'pressure',
    title: TEXTS.pressure,
    unit: 'percent',
    isOptional: true,
    parts: [
      { metric: 'host_pressure_cpu_waiting_percent', text: TEXTS.forCpu },
      { metric: 'host_pressure_memory_waiting_percent', text: TEXTS.forMemory },
      { metric: 'host_pressure_io_waiting_percent', text: TEXTS.forIo },
      { metric: 'host_cpu_steal_percent', text: TEXTS.steal },
    ],
  },
  {
    id: 'disk-busy',
    title: TEXTS.diskBusy,
    unit: 'percent',
    parts: [{ metric: 'host_disk_busy_percent', by: 'device' }],
  },
  {
    id: 'disk',
    title: TEXTS.disk,
    unit: 'bytes_per_second',
    parts: [
      { metric: 'host_disk_read_bytes_per_second', by: 'device', text: TEXTS.read },
      { metric: 'host_disk_write_bytes_per_second', by: 'device', text: TEXTS.written },
    ],
  },
  {
    id: 'network',
    title: TEXTS.network,
    unit: 'bytes_per_second',
    parts: [
      { metric: 'host_network_receive_bytes_per_second', by: 'device', text: TEXTS.received },
      { metric: 'host_network_transmit_bytes_per_second', by: 'device', text: TEXTS.sent },
    ],
  },
  {
    id: 'filesystems',
    title: TEXTS.filesystems,
    unit: 'percent',
    parts: [{ metric: 'host_filesystem_usage_percent', by: 'mountpoint' }],
  },
];

/** What the host as a whole uses, beside its VMs; and since when it runs. */
export const HOST_TOTALS = [
  'host_memory_used_bytes',
  'host_memory_total_bytes',
  'host_uptime_seconds',
] as const;

/** What is said of a host in one row. */
export function hostNumbers(): KeyNumber[] {
  const greatest = (title: string, metric: string): KeyNumber => ({
    ...{ title, unit: 'percent', metrics: [metric], of: 'greatest' },
  });
  return [
    greatest(t(TEXTS.cpu), 'host_cpu_usage_percent'),
    greatest(t(TEXTS.steals), 'host_cpu_steal_percent'),
    greatest(t(TEXTS.memory), 'host_memory_usage_percent'),
    greatest(t(TEXTS.diskBusy), 'host_disk_busy_percent'),
    greatest(t(TEXTS.fullest), 'host_filesystem_usage_percent'),
    {
      title: t(TEXTS.network),
      unit: 'bytes_per_second',
      metrics: ['host_network_receive_bytes_per_second', 'host_network_transmit_bytes_per_second'],
      of: 'sum',
    },
  ];
}
