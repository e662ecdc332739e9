import type { Noise } from '../../../core/answers/alert-history.ts';
import { messages, plural } from '../../i18n/language.ts';

export const HISTORY = messages({
  span: { en: 'Time', zh: '时间' },
  '24h': { en: 'Last 24 hours', zh: '最近 24 小时' },
  '7d': { en: 'Last 7 days', zh: '最近 7 天' },
  '30d': { en: 'Last 30 days', zh: '最近 30 天' },
  rules: { en: 'Rules, the noisiest first', zh: '规则（噪声最多的在前）' },
  past: { en: 'Past alerts', zh: '历史告警' },
  rule: { en: 'Rule', zh: '规则' },
  severity: { en: 'Severity', zh: '级别' },
  when: { en: 'When', zh: '分布' },
  fired: { en: 'Fired', zh: '触发次数' },
  firingFor: { en: 'In all', zh: '总时长' },
  median: { en: 'Median', zh: '时长中位数' },
  messages: { en: 'Messages', zh: '通知数' },
  noise: { en: 'Noise', zh: '噪声' },
  alert: { en: 'Alert', zh: '告警' },
  began: { en: 'Began', zh: '开始' },
  lasted: { en: 'Fired for', zh: '触发时长' },
  ended: { en: 'Ended', zh: '结束' },
  goesOn: { en: 'goes on', zh: '进行中' },
  isPending: { en: 'pending', zh: '待触发' },
  neverFired: { en: 'did not fire', zh: '未触发' },
  more: { en: 'Show more', zh: '加载更多' },
  shown: {
    en: (shown: number, total: number) =>
      `${shown.toLocaleString('en')} of ${total.toLocaleString('en')}`,
    zh: (shown: number, total: number) => `${shown} / ${total}`,
  },
  only: { en: (name: string) => `Only ${name}`, zh: (name: string) => `仅 ${name}` },
  all: { en: 'All rules', zh: '全部规则' },
  none: { en: 'No alert in this time', zh: '该时间段内没有告警' },
  noneText: {
    en: 'Choose a longer time. What ticks wrote is kept for 30 days unless set otherwise.',
    zh: '请选择更长的时间。默认保留 30 天。',
  },
  bars: {
    en: (most: number, per: string) => `${plural(most, 'time')} a ${per} at most`,
    zh: (most: number, per: string) => `每${per}最多 ${most} 次`,
  },
  hour: { en: 'hour', zh: '小时' },
  day: { en: 'day', zh: '天' },
  countedFrom: {
    en: 'Messages are counted from here on, there were too many:',
    zh: '通知过多，仅统计自此时起：',
  },
  ofAlerts: {
    en: (count: number) => `of ${plural(count, 'alert')}`,
    zh: (count: number) => `涉及 ${count} 条告警`,
  },
});

export const NOISE = messages({
  flapping: { en: 'flapping', zh: '反复' },
  short: { en: 'short-lived', zh: '短暂' },
  often: { en: 'often', zh: '频繁' },
}) satisfies Record<Noise, unknown>;

export const NOISE_MORE = messages({
  flapping: {
    en: (count: number) =>
      `came back within an hour ${plural(count, 'time')}: a longer keep_firing_for or a softer threshold would help`,
    zh: (count: number) => `一小时内再次触发 ${count} 次：可延长 keep_firing_for 或放宽阈值`,
  },
  short: {
    en: (count: number) =>
      `over within 5 minutes ${plural(count, 'time')}: a longer "for" would help`,
    zh: (count: number) => `5 分钟内恢复 ${count} 次：可延长 for`,
  },
  often: {
    en: (count: number) => `fired ${plural(count, 'time')}: several times a day`,
    zh: (count: number) => `触发 ${count} 次：每天多次`,
  },
}) satisfies Record<Noise, unknown>;
