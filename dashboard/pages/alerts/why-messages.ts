import type { ExplainedDelivery, TargetKind } from '../../../core/answers/explain.ts';
import { messages, plural } from '../../i18n/language.ts';

/** What a value is to its threshold. */
export const COMPARED = messages({
  '>': { en: 'above', zh: '高于' },
  '>=': { en: 'at or above', zh: '不低于' },
  '<': { en: 'below', zh: '低于' },
  '<=': { en: 'at or below', zh: '不高于' },
  '==': { en: 'equal to', zh: '等于' },
  '!=': { en: 'other than', zh: '不等于' },
});

/** Why there is an alert. */
export const WHY = messages({
  story: { en: 'What happened', zh: '经过' },
  samples: { en: 'What the rule saw', zh: '规则所见' },
  inTree: { en: 'In the routing tree', zh: '在路由树中查看' },
  way: { en: 'Who is told', zh: '通知路径' },
  deliveries: { en: 'Messages sent', zh: '通知记录' },
  labels: { en: 'Labels', zh: '标签' },
  rule: { en: 'The rule', zh: '规则' },
  ruleGone: { en: 'Its rule is in no rule file any more.', zh: '其规则已不在任何规则文件中。' },
  ruleError: {
    en: (error: string) => `The rule failed last: ${error}`,
    zh: (error: string) => `规则最近一次评估失败：${error}`,
  },
  held: {
    en: (condition: string) => `From here on: ${condition}`,
    zh: (condition: string) => `条件开始满足：${condition}`,
  },
  fired: { en: 'It fires.', zh: '触发告警。' },
  firedAfter: {
    en: (held: string) => `It fires: that has lasted ${held}.`,
    zh: (held: string) => `已持续 ${held}，触发告警。`,
  },
  accepted: {
    en: (who: string, by: string) => `${who} was told by ${by}.`,
    zh: (who: string, by: string) => `已通过${by}通知 ${who}。`,
  },
  acceptedEnd: {
    en: (who: string, by: string) => `${who} was told by ${by} that it is over.`,
    zh: (who: string, by: string) => `已通过${by}通知 ${who} 告警恢复。`,
  },
  failed: {
    en: (who: string, by: string) => `${who} could not be told by ${by}; it is tried again.`,
    zh: (who: string, by: string) => `通过${by}通知 ${who} 失败，将重试。`,
  },
  gaveUp: {
    en: (who: string, by: string) => `${who} could not be told by ${by}; that was given up.`,
    zh: (who: string, by: string) => `通过${by}通知 ${who} 失败，已放弃。`,
  },
  waits: {
    en: (who: string, by: string) => `A message to ${who} by ${by} waits to be sent.`,
    zh: (who: string, by: string) => `通过${by}发给 ${who} 的通知正在等待发送。`,
  },
  escalated: {
    en: (from: string) => `Nobody at ${from} had acknowledged it.`,
    zh: (from: string) => `${from} 无人确认，已升级。`,
  },
  repeats: {
    en: (count: number) => `${plural(count, 'reminder')}, the last one`,
    zh: (count: number) => `提醒 ${count} 次，最近一次`,
  },
  noData: {
    en: 'Nothing is heard any more of what it is about: it stands on what was last known.',
    zh: '不再收到相关数据，按最后已知状态保持告警。',
  },
  keeps: {
    en: 'The condition is over; the rule keeps it firing for a while.',
    zh: '条件已解除，规则要求继续保持触发。',
  },
  acked: {
    en: (by: string) => `${by} acknowledged it, until`,
    zh: (by: string) => `${by} 已确认，至`,
  },
  ended: { en: 'It is over.', zh: '已恢复。' },
  endedUnfired: { en: 'The condition is over before it fired.', zh: '触发之前条件已解除。' },
  minute: {
    en: 'Times are known to the minute: it is put together from what is kept of past alerts.',
    zh: '时间精确到分钟：由历史数据还原。',
  },
  pendingFor: {
    en: (rest: string) => `It fires in ${rest} if that goes on. Nobody is told before.`,
    zh: (rest: string) => `若持续，将在 ${rest}后触发；此前不会通知任何人。`,
  },
  pending: { en: 'It has not fired: nobody is told yet.', zh: '尚未触发，暂不通知。' },
  silenced: { en: 'Nobody is told: it is silenced.', zh: '不会通知：已被静默。' },
  inhibited: {
    en: 'Nobody is told: another alert says it all.',
    zh: '不会通知：已被其他告警抑制。',
  },
  time: {
    en: 'Nobody is told just now: its routes are muted at this time.',
    zh: '当前时段路由静音，不会通知。',
  },
  nobody: {
    en: 'Nobody is told: its receiver has no way to be told.',
    zh: '不会通知：接收方没有配置通知方式。',
  },
  inhibitedBy: { en: 'because of', zh: '由于' },
  inhibitRule: {
    en: (source: string, equal: string) =>
      `${source} mutes it${equal === '' ? '' : `, with the same ${equal}`}`,
    zh: (source: string, equal: string) =>
      `${source} 抑制它${equal === '' ? '' : `（${equal} 相同）`}`,
  },
  noSamples: { en: 'There are no samples of it in this time.', zh: '该时间段内没有样本。' },
  seriesLeftOut: {
    en: (count: number) => `${count} more series`,
    zh: (count: number) => `另有 ${count} 条序列`,
  },
  for: { en: (text: string) => `must last ${text}`, zh: (text: string) => `需持续 ${text}` },
  keepFor: {
    en: (text: string) => `kept firing for ${text}`,
    zh: (text: string) => `保持触发 ${text}`,
  },
  interval: {
    en: (text: string) => `judged every ${text}`,
    zh: (text: string) => `每 ${text}评估`,
  },
  firing: { en: 'firing', zh: '告警中' },
  pendingState: { en: 'pending', zh: '待触发' },
  resolved: { en: 'resolved', zh: '已恢复' },
  gone: { en: 'over before it fired', zh: '未触发即解除' },
  route: { en: 'Route', zh: '路由' },
  root: { en: 'all alerts', zh: '全部告警' },
  fits: { en: 'fits', zh: '匹配' },
  fitsNot: { en: 'does not fit', zh: '不匹配' },
  takes: { en: 'takes it', zh: '由此处理' },
  goesOn: { en: 'and goes on to the next', zh: '并继续匹配后续路由' },
  grouped: {
    en: (names: string) => `grouped by ${names}`,
    zh: (names: string) => `按 ${names} 分组`,
  },
  groupedAll: { en: 'each alert by itself', zh: '每条告警单独成组' },
  groupedNone: { en: 'all in one group', zh: '全部归为一组' },
  waitsFirst: {
    en: (text: string) => `first message after ${text}`,
    zh: (text: string) => `首次通知等待 ${text}`,
  },
  waitsNext: {
    en: (text: string) => `news at most every ${text}`,
    zh: (text: string) => `更新间隔至少 ${text}`,
  },
  waitsRepeat: {
    en: (text: string) => `reminder every ${text}`,
    zh: (text: string) => `每 ${text}重复提醒`,
  },
  quietAt: {
    en: (names: string) => `silent at ${names}`,
    zh: (names: string) => `静音时段 ${names}`,
  },
  onlyAt: { en: (names: string) => `only at ${names}`, zh: (names: string) => `仅在时段 ${names}` },
  mutedNow: {
    en: (names: string) => `muted now: ${names}`,
    zh: (names: string) => `当前静音：${names}`,
  },
  receiver: { en: 'Receiver', zh: '接收方' },
  group: {
    en: (count: number) =>
      count === 0 ? 'alone in its group' : `in a group with ${plural(count, 'other')}`,
    zh: (count: number) => (count === 0 ? '组内仅此一条' : `组内另有 ${count} 条`),
  },
  escalation: {
    en: (to: string, after: string) =>
      `${to} is told ${after} after the first message, unless somebody acknowledges`,
    zh: (to: string, after: string) => `首次通知 ${after}后若无人确认，将通知 ${to}`,
  },
  noDeliveries: { en: 'No message about it was sent, or tried.', zh: '没有发送过相关通知。' },
  cut: {
    en: 'There were so many messages in this time that not all were looked through.',
    zh: '该时间段内通知过多，未全部查看。',
  },
  sentAt: { en: 'At', zh: '时间' },
  to: { en: 'To', zh: '接收方' },
  by: { en: 'By', zh: '方式' },
  said: { en: 'Said', zh: '内容' },
  result: { en: 'Result', zh: '结果' },
  tries: { en: 'Tries', zh: '次数' },
  saidFiring: { en: 'fires', zh: '触发' },
  saidResolved: { en: 'is over', zh: '恢复' },
  saidAgain: { en: 'still fires', zh: '仍在触发' },
  withOthers: {
    en: (count: number) => `with ${plural(count, 'other')}`,
    zh: (count: number) => `与另外 ${count} 条一起`,
  },
  hear: {
    en: (protocol: string, count: number) => `${count} by ${protocol}`,
    zh: (protocol: string, count: number) => `${protocol} ${count} 个`,
  },
  and: { en: ', ', zh: '、' },
  unconfirmed: {
    en: (count: number) => `${count} not confirmed`,
    zh: (count: number) => `${count} 个未确认`,
  },
  nobodyHears: { en: 'nobody is subscribed', zh: '没有订阅者' },
  subscriptions: { en: 'Subscriptions', zh: '订阅' },
  history: { en: 'How often it fired', zh: '历史触发情况' },
  notFound: { en: 'There is no such alert', zh: '没有该告警' },
  notFoundText: {
    en: 'It does not fire now, and was not there in the last seven days. Older ones are in the history.',
    zh: '当前没有触发，最近七天内也未出现。更早的请查看历史。',
  },
});

export const RESULTS = messages({
  accepted: { en: 'accepted', zh: '已接收' },
  failed: { en: 'failed', zh: '失败' },
  gave_up: { en: 'given up', zh: '已放弃' },
  waiting: { en: 'waits', zh: '等待中' },
}) satisfies Record<ExplainedDelivery['result'], unknown>;

/** How people are told; a topic's subscribers get emails and SMS of it. */
export const TARGETS = messages({
  topic: { en: 'SNS topic', zh: ' SNS 主题' },
  phone: { en: 'SMS', zh: '短信' },
  device: { en: 'mobile push', zh: '手机推送' },
  webhook: { en: 'webhook', zh: ' Webhook' },
  slack: { en: 'Slack', zh: ' Slack' },
  msteams: { en: 'Microsoft Teams', zh: ' Microsoft Teams' },
  pagerduty: { en: 'PagerDuty', zh: ' PagerDuty' },
  ntfy: { en: 'ntfy', zh: ' ntfy' },
  push: { en: 'browser push', zh: '浏览器推送' },
  other: { en: 'a way that is not configured any more', zh: '已不再配置的方式' },
}) satisfies Record<TargetKind, unknown>;

/** By which SNS reaches a subscriber; others are called as SNS does. */
export const PROTOCOLS = messages({
  email: { en: 'email', zh: '邮箱' },
  sms: { en: 'SMS', zh: '短信' },
});
