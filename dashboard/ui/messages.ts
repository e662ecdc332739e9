import { messages } from '../i18n/language.ts';

/** What parts of many pages say. */
export const UI = messages({
  close: { en: 'Close', zh: '关闭' },
  cancel: { en: 'Cancel', zh: '取消' },
  copy: { en: 'Copy', zh: '复制' },
  copied: { en: 'Copied', zh: '已复制' },
  copyFailed: {
    en: 'The browser did not let it be copied: select it by hand',
    zh: '浏览器不允许复制，请手动选择',
  },
  retry: { en: 'Try again', zh: '重试' },
  loading: { en: 'Loading …', zh: '正在加载……' },
  required: { en: 'required', zh: '必填' },
  none: { en: 'nothing found', zh: '没有匹配项' },
  noAnswer: {
    en: 'Hypervigil does not answer. Check the network; it is tried again by itself.',
    zh: 'Hypervigil 没有响应。请检查网络，稍后会自动重试。',
  },
  serverFault: {
    en: 'Hypervigil has a problem of its own. It is tried again by itself; the log of the api function says more.',
    zh: 'Hypervigil 自身出现故障，稍后会自动重试；详情请查看 api 函数的日志。',
  },
  busy: {
    en: 'Hypervigil is busy. It is tried again by itself.',
    zh: 'Hypervigil 正忙，稍后会自动重试。',
  },
  tooMany: {
    en: 'Too many requests with this name or token. It is tried again by itself.',
    zh: '该用户或令牌的请求过多，稍后会自动重试。',
  },
  stale: {
    en: (time: string) => `Last answer: ${time}.`,
    zh: (time: string) => `最近一次数据：${time}。`,
  },
  ascending: { en: 'ascending', zh: '升序' },
  descending: { en: 'descending', zh: '降序' },
  asListed: { en: 'as listed', zh: '默认顺序' },
  sortedBy: { en: 'Sort by', zh: '排序' },
  notifications: { en: 'Messages', zh: '消息' },
  dismiss: { en: 'Dismiss', zh: '关闭消息' },
});
