import { messages, plural } from '../../i18n/language.ts';
import type { View } from './address.ts';

/** What stands on the page of alerts and its lists. */
export const ALERTS = messages({
  title: { en: 'Alerts', zh: '告警' },
  views: { en: 'Which alerts', zh: '告警类别' },
  filter: { en: 'Filter', zh: '筛选' },
  filterHelp: {
    en: 'A word, or matchers such as host="web-1"',
    zh: '关键词，或匹配条件，如 host="web-1"',
  },
  filterBad: {
    en: (rest: string) => `Not a matcher such as host="web-1": ${rest}`,
    zh: (rest: string) => `不是 host="web-1" 这样的匹配条件：${rest}`,
  },
  newSilence: { en: 'New silence', zh: '新建静默' },
  asOf: { en: (time: string) => `As of ${time}`, zh: (time: string) => `数据时间 ${time}` },
  evaluated: {
    en: (age: string) => `rules judged ${age} ago`,
    zh: (age: string) => `规则评估于 ${age}前`,
  },
  neverEvaluated: { en: 'rules have not been judged yet', zh: '规则尚未评估' },
  late: {
    en: (age: string) =>
      `Rules have not been judged for ${age}: what is shown may be over, and what is new is missing. Look at the log of the evaluate function.`,
    zh: (age: string) =>
      `规则已 ${age}未评估：显示的告警可能已恢复，新告警可能缺失。请查看 evaluate 函数的日志。`,
  },
  leftOut: {
    en: (count: number) => `${plural(count, 'more alert')}: filter to see them.`,
    zh: (count: number) => `还有 ${count} 条告警：请筛选后查看。`,
  },
  toldTo: { en: (names: string) => `Told to ${names}`, zh: (names: string) => `通知 ${names}` },
  isTold: { en: 'Who is told', zh: '通知对象' },
  count: {
    en: (count: number) => plural(count, 'alert'),
    zh: (count: number) => `${count} 条告警`,
  },
  for: { en: 'for', zh: '持续' },
  over: { en: 'over for', zh: '已恢复' },
  value: { en: (text: string) => `value ${text}`, zh: (text: string) => `当前值 ${text}` },
  lastValue: { en: (text: string) => `last value ${text}`, zh: (text: string) => `最后值 ${text}` },
  runbook: { en: 'Runbook', zh: '处理手册' },
  graph: { en: 'Graph', zh: '图表' },
  explain: { en: 'Why?', zh: '原因' },
  explainOf: { en: (title: string) => `Why: ${title}`, zh: (title: string) => `原因：${title}` },
  more: { en: 'More', zh: '详情' },
  acknowledge: { en: 'Acknowledge', zh: '确认' },
  acknowledgeText: {
    en: (hours: number) =>
      `You are at it: no reminders and no escalation for ${plural(hours, 'hour')}.`,
    zh: (hours: number) => `表示您正在处理：${hours} 小时内不再提醒，也不升级。`,
  },
  withdraw: { en: 'Withdraw acknowledgement', zh: '撤回确认' },
  silence: { en: 'Silence', zh: '静默' },
  of: {
    en: (act: string, title: string) => `${act}: ${title}`,
    zh: (act: string, title: string) => `${act}：${title}`,
  },
  acknowledged: {
    en: (title: string, hours: number) =>
      `${title} is acknowledged: no reminders and no escalation for ${plural(hours, 'hour')}.`,
    zh: (title: string, hours: number) => `已确认 ${title}：${hours} 小时内不再提醒、不再升级。`,
  },
  withdrawn: {
    en: (title: string) => `${title} is no longer acknowledged.`,
    zh: (title: string) => `已撤回对 ${title} 的确认。`,
  },
  acknowledgeAll: {
    en: (count: number) => `Acknowledge all ${count}`,
    zh: (count: number) => `全部确认（${count}）`,
  },
  silenceAll: { en: 'Silence all', zh: '全部静默' },
  acknowledgedAll: {
    en: (count: number, hours: number) =>
      `${plural(count, 'alert')} acknowledged: no reminders and no escalation for ${plural(hours, 'hour')}.`,
    zh: (count: number, hours: number) =>
      `已确认 ${count} 条告警：${hours} 小时内不再提醒、不再升级。`,
  },
  acknowledgeFor: { en: 'Acknowledge for …', zh: '选择确认时长' },
  withdrawShort: { en: 'Withdraw', zh: '撤回确认' },
  hours: {
    en: (count: number) => `For ${plural(count, 'hour')}`,
    zh: (count: number) => `${count} 小时`,
  },
  mayNot: {
    en: (role: string) => `Your role is ${role}: to acknowledge and silence alerts takes operator.`,
    zh: (role: string) => `你的角色是 ${role}：确认和静默告警需要 operator 角色。`,
  },
  noData: { en: 'no data since', zh: '无数据，自' },
  flapping: {
    en: (times: number) => `flapping: ${times} times since`,
    zh: (times: number) => `反复触发 ${times} 次，自`,
  },
  silenced: { en: 'silenced', zh: '已静默' },
  inhibited: { en: 'muted by another alert', zh: '被其他告警抑制' },
  mutedBy: {
    en: (names: string) => `muted: ${names}`,
    zh: (names: string) => `时段静音：${names}`,
  },
  keeps: { en: 'condition is over, kept firing', zh: '条件已解除，保持触发中' },
  ackBy: {
    en: (by: string) => `acknowledged by ${by} until`,
    zh: (by: string) => `${by} 已确认，至`,
  },
  back: { en: 'All alerts', zh: '全部告警' },
});

export const VIEW_TITLES = messages({
  firing: { en: 'Firing', zh: '告警中' },
  pending: { en: 'Pending', zh: '待触发' },
  muted: { en: 'Muted', zh: '已静音' },
  'no-data': { en: 'No data', zh: '无数据' },
  resolved: { en: 'Resolved', zh: '已恢复' },
  silences: { en: 'Silences', zh: '静默' },
  history: { en: 'History', zh: '历史' },
}) satisfies Record<View, unknown>;

export const EMPTY = messages({
  firing: { en: 'Nothing fires.', zh: '没有告警。' },
  pending: { en: 'Nothing is pending.', zh: '没有待触发的告警。' },
  muted: { en: 'No alert is muted.', zh: '没有被静音的告警。' },
  'no-data': { en: 'All alerts have data.', zh: '所有告警都有数据。' },
  resolved: {
    en: 'Nothing was over in the last 15 minutes.',
    zh: '最近 15 分钟内没有恢复的告警。',
  },
  silences: { en: 'No silence holds.', zh: '没有生效的静默。' },
}) satisfies Record<Exclude<View, 'history'>, unknown>;

export const EMPTY_MORE = messages({
  firing: {
    en: 'All rules are quiet, or their alerts are muted.',
    zh: '所有规则均正常，或其告警已被静音。',
  },
  pending: {
    en: 'An alert is pending while its condition holds, but not for as long as its rule asks.',
    zh: '条件已满足，但持续时间未达到规则要求的告警会显示在这里。',
  },
  muted: {
    en: 'Here are alerts that fire and nobody is told of: silenced, inhibited by another alert, or at a muted time.',
    zh: '正在告警但不会通知任何人的告警会显示在这里：被静默、被其他告警抑制，或处于静音时段。',
  },
  'no-data': {
    en: 'An alert whose host or VM falls silent goes on firing, and is here until something is heard again.',
    zh: '主机或虚拟机失联后，其告警会继续触发，并显示在这里，直到重新收到数据。',
  },
  resolved: { en: 'What was over earlier is in the history.', zh: '更早恢复的告警见“历史”。' },
  silences: {
    en: 'A silence mutes alerts for a time: during work, say.',
    zh: '静默可在一段时间内（例如维护期间）屏蔽告警。',
  },
  filtered: { en: 'None fits the filter.', zh: '没有符合筛选条件的告警。' },
  clear: { en: 'Clear the filter', zh: '清除筛选' },
});
