import type { Noise } from '../../../core/answers/alert-history.ts';
import type { ExplainedDelivery, TargetKind } from '../../../core/answers/explain.ts';
import { messages, plural } from '../../i18n/language.ts';
import type { View } from './address.ts';
import type { Span } from './silence-times.ts';

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
  acknowledge: { en: 'Acknowledge', zh: '确认' },
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

export const SILENCES = messages({
  dialogNew: { en: 'New silence', zh: '新建静默' },
  dialogEdit: { en: 'Change the silence', zh: '修改静默' },
  matchers: { en: 'Alerts with all of these', zh: '同时满足以下条件的告警' },
  add: { en: 'Another condition', zh: '添加条件' },
  addHelp: {
    en: 'Such as host="web-1" or vm=~"db.*"; Enter adds it',
    zh: '如 host="web-1" 或 vm=~"db.*"，按回车添加',
  },
  remove: { en: (text: string) => `Remove ${text}`, zh: (text: string) => `移除 ${text}` },
  edit: { en: (text: string) => `Edit ${text}`, zh: (text: string) => `编辑 ${text}` },
  none: { en: 'A silence needs one condition at least.', zh: '静默至少需要一个条件。' },
  span: { en: 'For how long', zh: '时长' },
  until: { en: 'Until', zh: '至' },
  begins: { en: 'From', zh: '自' },
  past: { en: 'That is over already.', zh: '该时间已过。' },
  noTime: { en: 'Give a day and a time.', zh: '请填写日期和时间。' },
  comment: { en: 'Why', zh: '原因' },
  commentMissing: { en: 'Say why: others will ask.', zh: '请说明原因，方便其他人了解。' },
  commentDefault: {
    en: (title: string) => `${title}: silenced in the dashboard`,
    zh: (title: string) => `${title}：在控制台静默`,
  },
  name: { en: 'Your name', zh: '你的名字' },
  nameMissing: { en: 'Say who you are.', zh: '请填写名字。' },
  whoTitle: { en: 'Who are you?', zh: '你是谁？' },
  whoHelp: {
    en: 'Others see it. It is kept on this device.',
    zh: '其他人会看到，保存在此设备上。',
  },
  continue: { en: 'Continue', zh: '继续' },
  save: { en: 'Silence', zh: '静默' },
  change: { en: 'Save', zh: '保存' },
  mutes: {
    en: (count: number) => `Fits ${plural(count, 'alert')} that fire or are pending just now.`,
    zh: (count: number) => `当前匹配 ${count} 条告警中或待触发的告警。`,
  },
  mutesNone: { en: 'Fits no alert of just now.', zh: '当前没有匹配的告警。' },
  saved: {
    en: (until: string) => `The silence holds until ${until}.`,
    zh: (until: string) => `静默已生效，至 ${until}。`,
  },
  ended: { en: 'The silence has ended.', zh: '静默已结束。' },
  extended: {
    en: (until: string) => `The silence now ends ${until}.`,
    zh: (until: string) => `静默延长至 ${until}。`,
  },
  active: { en: 'active', zh: '生效中' },
  pending: { en: 'to come', zh: '未开始' },
  expired: { en: 'over', zh: '已结束' },
  showExpired: { en: 'Also those that are over', zh: '同时显示已结束的' },
  by: { en: (name: string) => `by ${name}`, zh: (name: string) => `创建者 ${name}` },
  editIt: { en: 'Edit', zh: '编辑' },
  extend: { en: 'Extend', zh: '延长' },
  extendBy: {
    en: (count: number) => `By ${plural(count, 'hour')}`,
    zh: (count: number) => `${count} 小时`,
  },
  end: { en: 'End now', zh: '立即结束' },
  again: { en: 'Silence again', zh: '再次静默' },
  endAsk: { en: 'End this silence?', zh: '结束此静默？' },
  endText: {
    en: (text: string) => `What still fires is told again: ${text}`,
    zh: (text: string) => `仍在触发的告警会再次通知：${text}`,
  },
});

export const SPAN_TEXTS = messages({
  '1h': { en: '1 hour', zh: '1 小时' },
  '4h': { en: '4 hours', zh: '4 小时' },
  morning: { en: 'Until tomorrow 8:00', zh: '至明天 8:00' },
  custom: { en: 'Until …', zh: '自定义' },
}) satisfies Record<Span, unknown>;

export const MORNING_TODAY = messages({ text: { en: 'Until 8:00', zh: '至今天 8:00' } });

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
  way: { en: 'Who is told', zh: '通知路径' },
  deliveries: { en: 'Messages', zh: '通知记录' },
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
