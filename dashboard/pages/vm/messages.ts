import { messages } from '../../i18n/language.ts';
import type { TimelineState } from './states.ts';

export const VM = messages({
  vm: { en: 'VM', zh: '虚拟机' },
  noUuid: { en: 'Which VM?', zh: '未指定虚拟机' },
  noUuidText: { en: 'Choose one in the overview.', zh: '请在总览中选择一台虚拟机。' },
  unknown: { en: 'No such VM', zh: '没有这台虚拟机' },
  unknownText: {
    en: (uuid: string) =>
      `Nothing was ever heard of a VM with the UUID ${uuid}, or so long ago that nothing of it is kept.`,
    zh: (uuid: string) => `从未收到 UUID 为 ${uuid} 的虚拟机数据，或数据已超出保留期。`,
  },
  overview: { en: 'To the overview', zh: '返回总览' },
  since: { en: 'for', zh: '已持续' },
  on: { en: 'on', zh: '位于' },
  lastOn: { en: 'last on', zh: '最后位于' },
  alsoOn: {
    en: 'Another host says it has this VM, too. If both run it, its disk is lost: shut one down.',
    zh: '另一台主机也报告有此虚拟机。若两边同时运行，磁盘会损坏：请关闭其中一台。',
  },
  uuid: { en: 'UUID', zh: 'UUID' },
  host: { en: 'Host', zh: '主机' },
  vcpus: { en: 'vCPUs', zh: 'vCPU' },
  timeline: { en: 'What it was', zh: '状态时间线' },
  state: { en: 'State', zh: '状态' },
  job: { en: 'Job', zh: '任务' },
  alerts: { en: 'Alerts', zh: '告警' },
  notHeard: { en: 'not heard', zh: '无数据' },
  noTimeline: {
    en: 'Nothing was told of this VM in this time.',
    zh: '此时段内没有该虚拟机的状态数据。',
  },
  placements: { en: 'Where it was', zh: '所在主机记录' },
  noPlacements: { en: 'Nothing is known of where it was.', zh: '没有所在主机的记录。' },
  from: { en: 'From', zh: '开始' },
  to: { en: 'To', zh: '结束' },
  lasted: { en: 'Lasted', zh: '持续' },
  now: { en: 'now', zh: '现在' },
  events: { en: 'What happened', zh: '事件' },
  noEvents: { en: 'Nothing happened to it in this time.', zh: '此时段内没有事件。' },
  migrated: {
    en: (from: string, to: string) => `migrated from ${from} to ${to}`,
    zh: (from: string, to: string) => `从 ${from} 迁移到 ${to}`,
  },
  appeared: { en: (host: string) => `appeared on ${host}`, zh: (host: string) => `出现在 ${host}` },
  left: { en: (host: string) => `gone from ${host}`, zh: (host: string) => `从 ${host} 移除` },
  booted: { en: 'booted', zh: '启动' },
  ended: { en: 'shut down', zh: '关机' },
  crashed: { en: 'crashed', zh: '崩溃' },
  paused: { en: 'stopped running', zh: '停止运行' },
  resumed: { en: 'went on', zh: '恢复运行' },
});

export const STATE_TEXTS = messages({
  running: { en: 'running', zh: '运行中' },
  migrating: { en: 'migrating', zh: '迁移中' },
  busy: { en: 'paused for a job', zh: '因任务暂停' },
  suspended: { en: 'suspended', zh: '已休眠' },
  leaving: { en: 'shutting down', zh: '正在关机' },
  paused: { en: 'paused', zh: '已暂停' },
  ioerror: { en: 'disk error', zh: '磁盘错误' },
  hung: { en: 'hung', zh: '无响应' },
  panicked: { en: 'kernel panic', zh: '内核崩溃' },
  crashed: { en: 'crashed', zh: '已崩溃' },
  failed: { en: 'failed', zh: '故障' },
  off: { en: 'off', zh: '已关机' },
}) satisfies Record<TimelineState, unknown>;
