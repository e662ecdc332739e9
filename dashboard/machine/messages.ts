import { messages, plural } from '../i18n/language.ts';

/** What the pages of hosts and of VMs both say. */
export const MACHINE = messages({
  compare: { en: 'Compare with a week ago', zh: '与一周前对比' },
  weekAgo: {
    en: (label: string) => `${label} · a week ago`,
    zh: (label: string) => `${label} · 一周前`,
  },
  others: {
    en: (count: number) => plural(count, 'other'),
    zh: (count: number) => `其他 ${count} 个`,
  },
  facts: { en: 'Facts', zh: '基本信息' },
  tags: { en: 'Tags', zh: '标签' },
  noTags: { en: 'none', zh: '无' },
  alertsNow: { en: 'Alerts now', zh: '当前告警' },
  noAlerts: { en: 'Nothing fires and nothing is about to.', zh: '没有正在触发或即将触发的告警。' },
  more: {
    en: (count: number) => `${count} more`,
    zh: (count: number) => `还有 ${count} 条`,
  },
  fewer: { en: 'Fewer', zh: '收起' },
  explore: { en: 'Explore its metrics', zh: '查询其指标' },
  allAlerts: { en: 'All alerts', zh: '全部告警' },
  firing: { en: 'firing', zh: '告警中' },
  pending: { en: 'pending', zh: '待触发' },
  silenced: { en: 'silenced', zh: '已静默' },
  muted: { en: 'muted', zh: '已抑制' },
  alertTimes: { en: 'Alerts over this time', zh: '此时段内的告警' },
  charts: { en: 'Measured', zh: '监控指标' },
  noTimeline: { en: 'Nothing is known of this time.', zh: '此时段没有记录。' },
  resolution: {
    en: (step: string) => `Points of ${step}`,
    zh: (step: string) => `每 ${step} 一个点`,
  },
  averages: {
    en: (step: string) => `Averages of ${step}`,
    zh: (step: string) => `每 ${step} 的平均值`,
  },
  since: { en: 'for', zh: '已持续' },
  firstSeen: { en: 'First seen', zh: '首次出现' },
  lastSeen: { en: 'Last heard', zh: '最近上报' },
  formerNames: { en: 'Was called', zh: '曾用名' },
  memory: { en: 'Memory', zh: '内存' },
  hypervisor: { en: 'Hypervisor', zh: '虚拟化平台' },
});
