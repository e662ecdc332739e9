import { messages, plural } from '../i18n/language.ts';

export const CHART = messages({
  chart: { en: 'chart', zh: '图表' },
  name: {
    en: (title: string, count: number, span: string) =>
      `${title}: ${plural(count, 'line')}, ${span}. Arrow keys read values, plus and minus zoom.`,
    zh: (title: string, count: number, span: string) =>
      `${title}：${count} 条曲线，${span}。方向键读取数值，加减键缩放。`,
  },
  noCursor: { en: 'nothing chosen', zh: '未选择时间点' },
  noData: { en: 'no data', zh: '无数据' },
  loading: { en: 'Loading …', zh: '正在加载……' },
  newest: { en: 'Newest', zh: '最新' },
  time: { en: 'Time', zh: '时间' },
  alerts: { en: 'Alerts', zh: '告警' },
  firing: { en: 'firing', zh: '告警中' },
  pending: { en: 'pending', zh: '待触发' },
  more: {
    en: (count: number) => `${count} more`,
    zh: (count: number) => `还有 ${count} 条`,
  },
  fewer: { en: 'Fewer', zh: '收起' },
  far: {
    en: (texts: string) => `Beyond the axis: ${texts}`,
    zh: (texts: string) => `超出坐标范围：${texts}`,
  },
  everyNth: {
    en: (every: number) => `Every ${every}th point; zoom in for more.`,
    zh: (every: number) => `每 ${every} 个点取一个；放大可查看更多。`,
  },
  showTable: { en: 'Show as table', zh: '以表格显示' },
  hideTable: { en: 'Hide table', zh: '隐藏表格' },
  range: { en: 'Time range', zh: '时间范围' },
  live: { en: 'Live', zh: '实时' },
  earlier: { en: 'Earlier', zh: '向前' },
  later: { en: 'Later', zh: '向后' },
  zoomIn: { en: 'Zoom in', zh: '放大' },
  zoomOut: { en: 'Zoom out', zh: '缩小' },
  custom: { en: 'From – to …', zh: '自定义……' },
  customTitle: { en: 'Choose a time', zh: '选择时间范围' },
  from: { en: 'From', zh: '开始时间' },
  to: { en: 'To', zh: '结束时间' },
  localTime: { en: 'Local time', zh: '本地时间' },
  apply: { en: 'Show', zh: '应用' },
  orderProblem: { en: 'It must be later than the beginning', zh: '必须晚于开始时间' },
  timeProblem: { en: 'A day and a time, please', zh: '请填写日期和时间' },
});

/** Ranges that can be chosen, by their names. */
export const PRESET_TEXTS = messages({
  '15m': { en: '15 min', zh: '15 分钟' },
  '1h': { en: '1 h', zh: '1 小时' },
  '6h': { en: '6 h', zh: '6 小时' },
  '24h': { en: '24 h', zh: '24 小时' },
  '7d': { en: '7 d', zh: '7 天' },
  '30d': { en: '30 d', zh: '30 天' },
  '90d': { en: '90 d', zh: '90 天' },
  '1y': { en: '1 year', zh: '1 年' },
});

export const TIMELINE = messages({
  from: { en: 'From', zh: '开始' },
  to: { en: 'To', zh: '结束' },
  lasted: { en: 'Lasted', zh: '持续' },
  what: { en: 'What', zh: '内容' },
  segment: {
    en: (what: string, from: string, to: string, lasted: string) =>
      `${what}: ${from} to ${to} (${lasted})`,
    zh: (what: string, from: string, to: string, lasted: string) =>
      `${what}：${from} 至 ${to}（${lasted}）`,
  },
});
