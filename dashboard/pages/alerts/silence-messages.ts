import { messages, plural } from '../../i18n/language.ts';
import type { Span } from './silence-times.ts';

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
    en: (count: number) => `Fits ${plural(count, 'alert')} firing or pending just now.`,
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
