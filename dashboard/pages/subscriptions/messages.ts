import type { SubscriptionTopic } from '../../../core/answers/subscriptions.ts';
import { messages, plural } from '../../i18n/language.ts';
import type { Ability } from '../../push/ability.ts';
import type { SubscribeProblem } from '../../push/this-browser.ts';

export const TOPICS = messages({
  critical: { en: 'critical', zh: '严重' },
  warning: { en: 'warning', zh: '警告' },
  info: { en: 'info', zh: '提示' },
  operations: { en: 'Hypervigil itself', zh: 'Hypervigil 自身' },
}) satisfies Record<SubscriptionTopic, unknown>;

export const TOPIC_HELP = messages({
  critical: { en: 'to act on now', zh: '需立即处理' },
  warning: { en: 'to look at soon', zh: '需尽快查看' },
  info: { en: 'to know of', zh: '仅供了解' },
  operations: { en: 'when the watching itself is unwell', zh: '监控系统自身异常' },
}) satisfies Record<SubscriptionTopic, unknown>;

export const PAGE = messages({
  title: { en: 'Subscriptions', zh: '通知订阅' },
  lead: {
    en: 'Who hears of alerts: browsers, email addresses and phones.',
    zh: '谁会收到告警：浏览器、邮箱和手机。',
  },
});

export const ADDRESSES = messages({
  title: { en: 'Email and phones', zh: '邮箱与手机' },
  add: { en: 'Add', zh: '添加' },
  onlyAdmins: { en: 'Only admins add and remove addresses.', zh: '仅管理员可添加和移除地址。' },
  address: { en: 'Address', zh: '地址' },
  hears: { en: 'Hears of', zh: '接收级别' },
  since: { en: 'Added', zh: '添加时间' },
  actions: { en: 'Actions', zh: '操作' },
  email: { en: 'Email', zh: '邮箱' },
  sms: { en: 'Phone', zh: '手机' },
  pendingMark: { en: 'not confirmed', zh: '未确认' },
  pendingHelp: {
    en: 'It hears nothing until somebody opens the link in the email that AWS sent there. After 48 hours it goes by itself.',
    zh: '对方点击 AWS 发送的确认邮件中的链接之前不会收到任何消息；48 小时后自动失效。',
  },
  fromSettings: { en: 'from the settings of the deployment', zh: '来自部署配置' },
  fromSettingsHelp: {
    en: 'It was not added here: take it out of the settings of the deployment.',
    zh: '不是在此页面添加的，请在部署配置中移除。',
  },
  confirmAgain: { en: 'Ask again', zh: '重新发送确认' },
  asked: {
    en: (address: string) => `${address} was sent another confirmation.`,
    zh: (address: string) => `已向 ${address} 重新发送确认邮件。`,
  },
  remove: { en: 'Remove', zh: '移除' },
  removeTitle: { en: 'Remove this address?', zh: '移除此地址？' },
  removeText: {
    en: (address: string) => `${address} will hear of nothing any more.`,
    zh: (address: string) => `${address} 将不再收到任何消息。`,
  },
  removed: {
    en: (address: string) => `${address} was removed.`,
    zh: (address: string) => `已移除 ${address}。`,
  },
  pendingStays: {
    en: 'AWS removes no address that has not confirmed; it goes by itself within 48 hours.',
    zh: 'AWS 不支持移除未确认的地址，48 小时内会自动失效。',
  },
  none: { en: 'Nobody hears of alerts by email or phone', zh: '还没有邮箱或手机接收告警' },
  noneHelp: {
    en: 'Add an address, so that somebody is told at night.',
    zh: '添加一个地址，夜间告警才有人知道。',
  },
  by: { en: (who: string) => `by ${who}`, zh: (who: string) => `由 ${who} 添加` },
});

export const LOCAL = messages({
  noMail: {
    en: 'This machine has no mail server set, so no email is sent. Set these and start again:',
    zh: '本机未配置邮件服务器，不会发送邮件。设置以下变量后重新启动：',
  },
  sms: {
    en: 'Text messages are not sent from here: they are shown in the terminal and kept in messages.jsonl of the data folder.',
    zh: '本机不发送短信：内容显示在终端，并保存在数据目录的 messages.jsonl 中。',
  },
  variables: { en: 'Variables', zh: '环境变量' },
});

export const ADD = messages({
  title: { en: 'Add an address', zh: '添加地址' },
  kind: { en: 'By', zh: '方式' },
  email: { en: 'Email', zh: '邮件' },
  sms: { en: 'Text message', zh: '短信' },
  emailLabel: { en: 'Email address', zh: '邮箱地址' },
  phoneLabel: { en: 'Phone number', zh: '手机号码' },
  phoneHelp: {
    en: 'With the country: +14155550123. Each text message costs what AWS charges for that country.',
    zh: '需带国家码：+8613800138000。每条短信按 AWS 对该国家的价格计费。',
  },
  emailHelp: {
    en: 'AWS sends a link there; alerts come once somebody has opened it.',
    zh: 'AWS 会发送确认链接，对方打开后才开始接收告警。',
  },
  topics: { en: 'Hears of', zh: '接收级别' },
  submit: { en: 'Add', zh: '添加' },
  cancel: { en: 'Cancel', zh: '取消' },
  badEmail: { en: 'This is no email address.', zh: '不是有效的邮箱地址。' },
  badPhone: {
    en: 'Begin with "+" and the country: +14155550123.',
    zh: '请以“+”和国家码开头：+8613800138000。',
  },
  costly: {
    en: 'Satellite and premium numbers are not taken: messages there are costly.',
    zh: '不支持卫星电话和付费号码，费用过高。',
  },
  noTopic: { en: 'Choose one at least.', zh: '请至少选择一项。' },
  added: {
    en: (address: string) => `${address} was added.`,
    zh: (address: string) => `已添加 ${address}。`,
  },
  addedPending: {
    en: (address: string) => `${address} was sent a link: it hears of alerts once that is opened.`,
    zh: (address: string) => `已向 ${address} 发送确认链接，打开后开始接收告警。`,
  },
});

export const TEST = messages({
  title: { en: 'Send a test', zh: '发送测试' },
  text: {
    en: 'A real message to everybody who hears of it: nobody can be left out. Once in 5 minutes.',
    zh: '会向该级别的所有接收者发送真实消息，无法排除其中任何人。每 5 分钟一次。',
  },
  button: { en: (topic: string) => `Test ${topic}`, zh: (topic: string) => `测试“${topic}”` },
  sure: {
    en: (topic: string) => `Send a test to all who hear of ${topic}?`,
    zh: (topic: string) => `向“${topic}”的所有接收者发送测试？`,
  },
  who: {
    en: (all: number, phones: number) =>
      `${plural(all, 'subscription gets', 'subscriptions get')} it${phones === 0 ? '' : `, ${plural(phones, 'phone')} among them`}.`,
    zh: (all: number, phones: number) =>
      `共 ${all} 个订阅会收到${phones === 0 ? '' : `，其中 ${phones} 个手机`}。`,
  },
  send: { en: 'Send', zh: '发送' },
  sent: {
    en: (topic: string) => `A test was sent to all who hear of ${topic}.`,
    zh: (topic: string) => `已向“${topic}”的所有接收者发送测试。`,
  },
  nobody: { en: 'Nobody hears of it.', zh: '没有接收者。' },
  onlyOperators: { en: 'Operators and admins send tests.', zh: '操作员和管理员可发送测试。' },
});

export const BROWSERS = messages({
  title: { en: 'Browsers', zh: '浏览器' },
  here: { en: 'This browser', zh: '此浏览器' },
  text: {
    en: 'Alerts as notifications of this device, also while no page is open.',
    zh: '告警以系统通知的形式显示在此设备上，无需打开页面。',
  },
  subscribe: { en: 'Subscribe this browser', zh: '订阅此浏览器' },
  isSubscribed: { en: 'This browser is subscribed.', zh: '此浏览器已订阅。' },
  ends: {
    en: 'It hears no more once the token ends that it was subscribed with:',
    zh: '订阅所用的令牌到期后将不再接收：',
  },
  hears: { en: 'Hears of', zh: '接收级别' },
  save: { en: 'Save', zh: '保存' },
  saved: { en: 'Saved.', zh: '已保存。' },
  subscribed: {
    en: 'This browser is told of alerts from now on. Send it a test.',
    zh: '此浏览器将开始接收告警。可发送测试验证。',
  },
  unsubscribe: { en: 'Unsubscribe', zh: '取消订阅' },
  unsubscribed: { en: 'This browser hears of nothing any more.', zh: '此浏览器已取消订阅。' },
  test: { en: 'Send a test', zh: '发送测试' },
  tested: {
    en: 'A test is on its way. If it does not appear, look whether the device shows notifications of this browser, and whether “do not disturb” is on.',
    zh: '测试已发出。若未显示，请检查系统是否允许此浏览器的通知，以及是否开启了勿扰模式。',
  },
  list: { en: 'Subscribed browsers', zh: '已订阅的浏览器' },
  browser: { en: 'Browser', zh: '浏览器' },
  owner: { en: 'Of', zh: '所属' },
  since: { en: 'Since', zh: '订阅时间' },
  until: { en: 'Until', zh: '有效期至' },
  isThis: { en: 'this one', zh: '当前' },
  remove: { en: 'Remove', zh: '移除' },
  removeTitle: { en: 'Remove this browser?', zh: '移除此浏览器？' },
  removeText: {
    en: (name: string) => `${name} will hear of nothing any more.`,
    zh: (name: string) => `${name} 将不再收到任何消息。`,
  },
  removed: {
    en: (name: string) => `${name} was removed.`,
    zh: (name: string) => `已移除 ${name}。`,
  },
  none: { en: 'No browser is subscribed', zh: '还没有浏览器订阅' },
  lost: {
    en: 'This browser was subscribed, and the deployment knows nothing of it any more. Subscribe it again.',
    zh: '此浏览器曾经订阅，但部署中已无记录，请重新订阅。',
  },
  noSeverity: { en: 'Choose one at least.', zh: '请至少选择一项。' },
  mayNot: { en: 'Your token is not for alerts.', zh: '您的令牌无权访问告警。' },
});

export const ABILITY_TEXTS = messages({
  ready: { en: '', zh: '' },
  insecure: {
    en: 'Browsers take notifications only from pages with https, or at localhost. Open this page at such an address.',
    zh: '浏览器仅接受 https 页面或 localhost 的通知，请使用此类地址打开本页面。',
  },
  install: {
    en: 'On iPhone and iPad only installed web apps get notifications: tap Share, then “Add to Home Screen”, and open Hypervigil from there (iOS 16.4 or later).',
    zh: '在 iPhone 和 iPad 上，只有已安装的网页应用才能接收通知：点“分享”→“添加到主屏幕”，再从主屏幕打开 Hypervigil（需 iOS 16.4 或更高版本）。',
  },
  unsupported: {
    en: 'This browser can’t be notified. Use a current Firefox, Chrome, Edge or Safari, and no private window.',
    zh: '此浏览器不支持推送通知。请使用最新版 Firefox、Chrome、Edge 或 Safari，且不要使用无痕窗口。',
  },
  blocked: {
    en: 'Notifications of this page are blocked. Allow them in the browser’s settings for this site (the icon beside the address), then load the page again.',
    zh: '此页面的通知已被阻止。请在浏览器的站点设置（地址栏旁的图标）中允许通知，然后重新加载页面。',
  },
}) satisfies Record<Ability, unknown>;

export const PROBLEM_TEXTS = messages({
  blocked: ABILITY_TEXTS.blocked,
  dismissed: {
    en: 'The browser asked whether it may show notifications, and got no answer. Try again, and choose “Allow”.',
    zh: '浏览器询问是否允许通知，但没有得到答复。请重试并选择“允许”。',
  },
  'no-service': {
    en: 'The browser’s push service did not take part: it can’t be reached from here, or is turned off. Private windows and some builds of Chromium have none.',
    zh: '浏览器的推送服务不可用：网络无法访问或已被关闭。无痕窗口和部分 Chromium 版本没有推送服务。',
  },
}) satisfies Record<SubscribeProblem, unknown>;
