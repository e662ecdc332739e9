import type { FleetSeverity } from '../../../core/answers/fleet.ts';
import type { VmViewState } from '../../../core/inventory/view-states.ts';
import { messages, plural } from '../../i18n/language.ts';
import type { Sort } from './arrange.ts';
import type { CellSize } from './layout.ts';
import type { MetricName } from './metrics.ts';

const zhCount = (count: number) => count.toLocaleString('zh-CN');

export const OVERVIEW = messages({
  title: { en: 'Overview', zh: '总览' },
  lead: {
    en: (hosts: number, vms: number) => `${plural(hosts, 'host')}, ${plural(vms, 'VM')}`,
    zh: (hosts: number, vms: number) => `${zhCount(hosts)} 台主机，${zhCount(vms)} 台虚拟机`,
  },
  addHost: { en: 'Add a host', zh: '添加主机' },
  emptyTitle: { en: 'No host reports yet', zh: '尚无主机上报' },
  empty: {
    en: 'Install the agent on a host: it shows here, with its VMs, within a minute.',
    zh: '在主机上安装代理后，主机及其虚拟机会在一分钟内显示在这里。',
  },
  noneTitle: { en: 'Nothing fits', zh: '没有符合条件的对象' },
  none: {
    en: 'No host and no VM has all that is asked for.',
    zh: '没有主机或虚拟机同时满足所有条件。',
  },
  clear: { en: 'Show all', zh: '显示全部' },
  stale: {
    en: (text: string) =>
      `Alerts were last evaluated ${text} ago: what is shown may be out of date. See the log of the evaluate function.`,
    zh: (text: string) =>
      `最近一次告警评估在${text}前，显示的状态可能已过时。请查看 evaluate 函数的日志。`,
  },
  notYet: {
    en: 'No evaluation yet: states show after the first one, within a minute.',
    zh: '尚未进行评估，首次评估后（一分钟内）将显示状态。',
  },
  search: { en: 'Search', zh: '搜索' },
  searchHint: { en: 'Name, or tag=value', zh: '名称，或 标签=值' },
  group: { en: 'Group by', zh: '分组' },
  byHost: { en: 'Host', zh: '主机' },
  byTag: { en: (tag: string) => `Tag ${tag}`, zh: (tag: string) => `标签 ${tag}` },
  colour: { en: 'Colour', zh: '着色' },
  byState: { en: 'State', zh: '状态' },
  sort: { en: 'Sort', zh: '排序' },
  size: { en: 'Cells', zh: '单元格' },
  filters: { en: 'Show only', zh: '筛选' },
  view: { en: 'View', zh: '显示方式' },
  all: { en: 'All', zh: '全部' },
  problems: { en: 'Problems', zh: '问题' },
  alerting: { en: 'With alerts', zh: '有告警' },
  fleet: { en: 'VMs by host', zh: '按主机排列的虚拟机' },
  fleetHint: {
    en: 'Arrow keys lead from VM to VM, Enter opens one.',
    zh: '方向键在虚拟机之间移动，回车键打开。',
  },
  withoutTag: { en: (tag: string) => `without ${tag}`, zh: (tag: string) => `无 ${tag}` },
  tagGroup: {
    en: (hosts: number, vms: number) => `${plural(hosts, 'host')} · ${plural(vms, 'VM')}`,
    zh: (hosts: number, vms: number) => `${zhCount(hosts)} 台主机 · ${zhCount(vms)} 台虚拟机`,
  },
  hasVms: {
    en: (count: number) => plural(count, 'VM'),
    zh: (count: number) => `${zhCount(count)} 台虚拟机`,
  },
  noVms: { en: 'no VMs', zh: '无虚拟机' },
  alerts: {
    en: (count: number) => plural(count, 'alert'),
    zh: (count: number) => `${zhCount(count)} 条告警`,
  },
  muted: {
    en: (count: number) => `${plural(count, 'alert')} muted`,
    zh: (count: number) => `${zhCount(count)} 条告警已静音`,
  },
  since: { en: (text: string) => `since ${text}`, zh: (text: string) => `自 ${text} 起` },
  cell: {
    en: (name: string, rest: readonly string[]) => [name, ...rest].join(', '),
    zh: (name: string, rest: readonly string[]) => [name, ...rest].join('，'),
  },
  onHost: { en: (host: string) => `on ${host}`, zh: (host: string) => `位于 ${host}` },
  noData: { en: 'no data', zh: '无数据' },
  openVm: { en: 'Open the VM', zh: '打开虚拟机' },
  openHost: { en: 'Open the host', zh: '打开主机' },
  close: { en: 'Close', zh: '关闭' },
  firing: { en: 'Firing', zh: '正在告警' },
  firingNone: { en: 'Nothing fires', zh: '没有告警' },
  firingHidden: { en: 'Your token is not for alerts.', zh: '当前令牌无权查看告警。' },
  allAlerts: { en: 'All alerts', zh: '全部告警' },
  moreAlerts: {
    en: (count: number) => `and ${plural(count, 'more')}`.replace('mores', 'more'),
    zh: (count: number) => `另有 ${zhCount(count)} 条`,
  },
  acknowledged: { en: 'acknowledged', zh: '已确认' },
  silent: { en: 'no data', zh: '无数据' },
  valuesFrom: {
    en: (text: string) => `Values from ${text} on`,
    zh: (text: string) => `数据自 ${text} 起`,
  },
});

export const SORT_TEXTS = messages({
  problems: { en: 'Problems first', zh: '问题优先' },
  name: { en: 'By name', zh: '按名称' },
  metric: { en: 'By value', zh: '按数值' },
}) satisfies Record<Sort, unknown>;

export const SIZE_TEXTS = messages({
  auto: { en: 'As they fit', zh: '自动' },
  small: { en: 'Small', zh: '小' },
  medium: { en: 'Medium', zh: '中' },
  large: { en: 'With names', zh: '显示名称' },
}) satisfies Record<CellSize, unknown>;

export const METRIC_TEXTS = messages({
  vm_cpu_usage_percent: { en: 'CPU', zh: 'CPU' },
  vm_memory_usage_percent: { en: 'Memory', zh: '内存' },
  vm_cpu_steal_percent: { en: 'CPU steal', zh: 'CPU 争用' },
  vm_disk_latency_seconds: { en: 'Disk latency', zh: '磁盘延迟' },
  vm_disk_read_bytes_per_second: { en: 'Disk read', zh: '磁盘读取' },
  vm_disk_write_bytes_per_second: { en: 'Disk written', zh: '磁盘写入' },
  vm_network_receive_bytes_per_second: { en: 'Network received', zh: '网络接收' },
  vm_network_transmit_bytes_per_second: { en: 'Network sent', zh: '网络发送' },
}) satisfies Record<MetricName, unknown>;

export const SEVERITY_TEXTS = messages({
  critical: {
    en: (count: number) => `${count.toLocaleString('en')} critical`,
    zh: (count: number) => `${zhCount(count)} 严重`,
  },
  warning: {
    en: (count: number) => plural(count, 'warning'),
    zh: (count: number) => `${zhCount(count)} 警告`,
  },
  info: {
    en: (count: number) => `${count.toLocaleString('en')} info`,
    zh: (count: number) => `${zhCount(count)} 提示`,
  },
  muted: {
    en: (count: number) => `${count.toLocaleString('en')} muted`,
    zh: (count: number) => `${zhCount(count)} 静音`,
  },
}) satisfies Record<FleetSeverity | 'muted', unknown>;

/** In cells, so that nobody has to tell colours apart; a VM that runs has none. The same in every language. */
export const STATE_LETTERS: Readonly<Record<VmViewState, string>> = {
  running: '',
  suspended: 'S',
  leaving: 'L',
  busy: 'B',
  paused: 'P',
  ioerror: 'E',
  hung: 'H',
  panicked: 'K',
  crashed: 'C',
  failed: 'F',
  off: 'O',
  unknown: '?',
  gone: 'G',
};
