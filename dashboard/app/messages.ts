import type { PageName } from '../../core/answers/page-names.ts';
import { messages } from '../i18n/language.ts';

/** What pages are called in the menu. */
export const PAGE_TITLES = messages({
  overview: { en: 'Overview', zh: '总览' },
  host: { en: 'Host', zh: '主机' },
  vm: { en: 'VM', zh: '虚拟机' },
  alerts: { en: 'Alerts', zh: '告警' },
  rules: { en: 'Rules', zh: '规则' },
  graph: { en: 'Explore', zh: '查询' },
  routing: { en: 'Routing', zh: '路由' },
  'add-host': { en: 'Add a host', zh: '添加主机' },
  subscriptions: { en: 'Subscriptions', zh: '订阅' },
  tokens: { en: 'API tokens', zh: 'API 令牌' },
  audit: { en: 'Audit log', zh: '审计日志' },
  account: { en: 'Account', zh: '账户' },
}) satisfies Record<PageName, unknown>;

/** Of groups of pages in the menu. */
export const GROUP_TITLES = messages({
  watch: { en: 'Watch', zh: '监控' },
  set: { en: 'Set up', zh: '设置' },
  people: { en: 'People', zh: '人员' },
});

export const APP = messages({
  pages: { en: 'Pages', zh: '页面' },
  more: { en: 'More', zh: '更多' },
  skip: { en: 'Skip to the content', zh: '跳到正文' },
  offline: {
    en: 'No network. What you see is what was known last.',
    zh: '网络已断开，当前显示的是最近一次的数据。',
  },
  newVersion: { en: 'A newer version is deployed.', zh: '已部署新版本。' },
  reload: { en: 'Reload', zh: '重新加载' },
  notFoundTitle: { en: 'There is no such page', zh: '页面不存在' },
  notFound: {
    en: 'The address may be from another version, or mistyped.',
    zh: '该地址可能来自其他版本，或输入有误。',
  },
  toOverview: { en: 'To the overview', zh: '返回总览' },
  crashedTitle: { en: 'This page failed', zh: '页面出错' },
  crashed: {
    en: 'That is a fault of Hypervigil. The other pages work; trying again may help.',
    zh: '这是 Hypervigil 的缺陷。其他页面仍可使用，重试可能有效。',
  },
  notLoadedTitle: { en: 'The page could not be loaded', zh: '页面加载失败' },
  notLoaded: {
    en: 'The network failed, or a newer version has been deployed meanwhile.',
    zh: '网络出错，或者期间部署了新版本。',
  },
  retry: { en: 'Try again', zh: '重试' },
  keyboard: { en: 'Keyboard shortcuts', zh: '键盘快捷键' },
  keySearch: { en: 'Search on this page', zh: '在本页搜索' },
  keyHelp: { en: 'This list', zh: '显示本列表' },
  keyClose: { en: 'Close what is open', zh: '关闭弹出内容' },
  andThen: { en: 'then', zh: '然后' },
  account: { en: 'Account and settings', zh: '账户与设置' },
});

export const SIGN_IN = messages({
  tokenTitle: { en: 'An API token, please', zh: '请输入 API 令牌' },
  signInTitle: { en: 'Please sign in', zh: '请登录' },
  signIn: { en: 'Sign in', zh: '登录' },
  useToken: { en: 'Use an API token', zh: '使用 API 令牌' },
  token: { en: 'Token', zh: '令牌' },
  tokenHelp: {
    en: 'It stays in this tab and is sent here only.',
    zh: '仅保存在此标签页，只会发送到本系统。',
  },
  keep: { en: 'Keep it on this device', zh: '保存在此设备上' },
  continue: { en: 'Continue', zh: '继续' },
  whereLocal: {
    en: 'The terminal that "npm start" runs in shows one; npm run hypervigil -- tokens add makes others.',
    zh: '运行“npm start”的终端会显示一个令牌；其他令牌可用 npm run hypervigil -- tokens add 创建。',
  },
});
