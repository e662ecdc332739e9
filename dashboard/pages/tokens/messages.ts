import type { Area } from '../../../core/area.ts';
import type { Role } from '../../../core/role.ts';
import { messages, plural } from '../../i18n/language.ts';

export const TOKENS = messages({
  title: { en: 'API tokens', zh: 'API 令牌' },
  lead: {
    en: 'Programs ask with a token: Grafana, amtool, promtool, the command line, CI.',
    zh: '程序通过令牌访问：Grafana、amtool、promtool、命令行工具、CI。',
  },
  tabs: { en: 'Kinds of tokens', zh: '令牌类型' },
  apiTab: { en: 'API tokens', zh: 'API 令牌' },
  enrolmentTab: { en: 'Enrolment tokens', zh: '注册令牌' },
  keysTab: { en: 'Keys of hosts', zh: '主机密钥' },
  peopleTab: { en: 'People and roles', zh: '人员与角色' },
  make: { en: 'Make a token', zh: '新建令牌' },
  mayNot: {
    en: 'The token you use here is not for tokens: sign in, or use one with the area "tokens"',
    zh: '当前令牌不含“tokens”范围：请登录，或改用包含该范围的令牌',
  },
  onlyServices: {
    en: 'This token is nobody’s: with it an admin makes those of services only',
    zh: '当前令牌不属于任何人：管理员只能用它创建服务令牌',
  },
  noneMayBeMade: {
    en: 'Your token is nobody’s and has not the role admin: it makes no others',
    zh: '当前令牌不属于任何人且不是管理员角色，不能创建其他令牌',
  },
  name: { en: 'Name', zh: '名称' },
  whose: { en: 'Whose', zh: '归属' },
  role: { en: 'Role', zh: '角色' },
  areas: { en: 'For', zh: '范围' },
  allAreas: { en: 'everything', zh: '全部' },
  made: { en: 'Made', zh: '创建时间' },
  ends: { en: 'Ends', zh: '到期' },
  never: { en: 'when somebody ends it', zh: '手动吊销前一直有效' },
  ended: { en: 'ended', zh: '已失效' },
  endsSoon: { en: 'soon', zh: '即将到期' },
  service: { en: 'a service', zh: '服务' },
  by: { en: (who: string) => `by ${who}`, zh: (who: string) => `由 ${who} 创建` },
  actions: { en: 'Actions', zh: '操作' },
  revoke: { en: 'End', zh: '吊销' },
  revokeOne: { en: (name: string) => `End ${name}`, zh: (name: string) => `吊销 ${name}` },
  revokeTitle: { en: 'End this token?', zh: '要吊销此令牌吗？' },
  revokeText: {
    en: (name: string) =>
      `Whatever uses “${name}” gets no answer any more, within a minute. That can’t be undone.`,
    zh: (name: string) => `使用“${name}”的程序将在一分钟内无法访问，且无法撤销。`,
  },
  revoked: {
    en: (name: string) => `${name} ends within a minute`,
    zh: (name: string) => `${name} 将在一分钟内失效`,
  },
  showEnded: { en: 'Ended ones of 30 days too', zh: '同时显示近 30 天内失效的' },
  none: { en: 'No token yet', zh: '还没有令牌' },
  noneText: {
    en: 'Make one for each program, so that each can be ended by itself.',
    zh: '建议为每个程序单独创建令牌，便于分别吊销。',
  },
  noneGood: { en: 'No token that is good', zh: '没有有效的令牌' },
  noneOfYours: {
    en: 'You see your own tokens; an admin sees all.',
    zh: '此处只显示你自己的令牌；管理员可查看全部。',
  },
});

export const MAKE = messages({
  title: { en: 'Make a token', zh: '新建令牌' },
  name: { en: 'What it is for', zh: '用途' },
  nameHelp: {
    en: 'Lists, logs and the audit log show it: Grafana, backup job …',
    zh: '会显示在列表、日志和审计日志中，例如 Grafana、备份任务……',
  },
  nameEmpty: { en: 'Say what it is for', zh: '请填写用途' },
  nameLong: {
    en: (most: number) => `At most ${most} characters`,
    zh: (most: number) => `最多 ${most} 个字符`,
  },
  kind: { en: 'Whose it is', zh: '归属' },
  personal: { en: 'Yours: it ends when you leave', zh: '个人：人员移除后失效' },
  service: { en: 'A service’s: nobody’s in particular', zh: '服务：不属于任何个人' },
  role: { en: 'What it may', zh: '权限' },
  life: { en: 'How long', zh: '有效期' },
  days: {
    en: (days: number) => plural(days, 'day'),
    zh: (days: number) => `${days.toLocaleString('zh-CN')} 天`,
  },
  asThis: { en: 'as long as the token you use here', zh: '与当前令牌相同' },
  year: { en: 'a year', zh: '1 年' },
  years: { en: (years: number) => `${years} years`, zh: (years: number) => `${years} 年` },
  areas: { en: 'For what', zh: '访问范围' },
  noArea: { en: 'Choose one at least', zh: '请至少选择一项' },
  make: { en: 'Make it', zh: '创建' },
  done: { en: 'Done', zh: '完成' },
  madeTitle: { en: 'Here it is', zh: '令牌已创建' },
  once: {
    en: 'It is shown this once: only a hash of it is kept. Put it where the program finds it, now.',
    zh: '令牌仅显示这一次，系统只保存其哈希值。请立即保存到程序可读取的位置。',
  },
  token: { en: 'Token', zh: '令牌' },
  tryIt: { en: 'Try it', zh: '测试' },
});

export const AREA_TEXTS = messages({
  metrics: { en: 'metrics: queries', zh: 'metrics：指标查询' },
  alerts: {
    en: 'alerts: also rules, silences and what was sent',
    zh: 'alerts：告警、规则、静默和通知记录',
  },
  inventory: { en: 'inventory: hosts and VMs', zh: 'inventory：主机与虚拟机' },
  audit: { en: 'audit: who changed what (admin)', zh: 'audit：审计日志（管理员）' },
  tokens: {
    en: 'tokens: makes and ends others. Whoever finds it can make more',
    zh: 'tokens：创建和吊销其他令牌。若泄露，他人可借此创建更多令牌',
  },
}) satisfies Record<Area, unknown>;

export const ROLES_TABLE = messages({
  viewer: {
    en: 'looks at everything; makes own tokens',
    zh: '可查看全部内容，可创建自己的令牌',
  },
  operator: {
    en: 'also acknowledges and silences alerts',
    zh: '还可确认和静默告警',
  },
  admin: {
    en: 'also changes rules, adds hosts and subscriptions, makes tokens of services, ends keys, and reads who changed what',
    zh: '还可修改规则、添加主机和订阅、创建服务令牌、吊销密钥、查看审计日志',
  },
}) satisfies Record<Role, unknown>;

export const OTHERS = messages({
  enrolmentLead: {
    en: 'With one a new host gets its key by itself. “Add a host” makes them.',
    zh: '新主机凭注册令牌自动获取密钥。可在“添加主机”页面创建。',
  },
  addHost: { en: 'Add a host', zh: '添加主机' },
  id: { en: 'Token', zh: '令牌' },
  uses: { en: 'Hosts left', zh: '剩余次数' },
  usesOf: {
    en: (left: number, all: number) => `${left} of ${all}`,
    zh: (left: number, all: number) => `${left} / ${all}`,
  },
  pattern: { en: 'Which hosts', zh: '适用主机' },
  anyHost: { en: 'any name', zh: '任意名称' },
  again: { en: 'also again', zh: '可重复注册' },
  state: { en: 'State', zh: '状态' },
  good: { en: 'good', zh: '有效' },
  revoked: { en: 'ended', zh: '已吊销' },
  ended: { en: 'over', zh: '已过期' },
  'used up': { en: 'used up', zh: '已用完' },
  noEnrolment: { en: 'No enrolment token', zh: '没有注册令牌' },
  noEnrolmentText: {
    en: '“Add a host” makes one, and the command that goes with it.',
    zh: '“添加主机”页面会生成注册令牌及安装命令。',
  },
  enrolmentRevoke: {
    en: 'No other host gets a key with it, within a minute. Keys that it gave go on.',
    zh: '一分钟内将不能再用它注册主机；已发放的密钥继续有效。',
  },
  keysLead: {
    en: 'With its key a host’s agent posts, under this name and no other.',
    zh: '主机代理凭密钥上报数据，且只能使用对应的主机名。',
  },
  owner: { en: 'Host', zh: '主机' },
  sender: { en: 'sender of others’ samples', zh: '外部数据发送方' },
  search: { en: 'Name', zh: '名称' },
  searchHelp: { en: '* stands for any characters', zh: '* 匹配任意字符' },
  noKeys: { en: 'No key', zh: '没有密钥' },
  noKeysText: {
    en: 'None of this name. Keys are made as hosts are added.',
    zh: '没有匹配的密钥。添加主机时会生成密钥。',
  },
  keyRevoke: {
    en: (name: string) =>
      `Nothing more is taken from ${name} within a minute, and its alerts will say that it is dark. Its name stays taken.`,
    zh: (name: string) =>
      `一分钟内将不再接收 ${name} 的数据，并会触发主机失联告警。该名称仍被占用。`,
  },
  peopleTitle: { en: 'People who sign in', zh: '登录人员' },
  peopleText: {
    en: 'Who may sign in is in the deployment’s user pool (Cognito). Someone with rights in the AWS account adds, changes and removes people; this page can’t, so a stolen admin session can’t make another admin.',
    zh: '登录人员由部署中的用户池（Cognito）管理，需由拥有 AWS 账户权限的人员增删改。此页面无法操作，因此即使管理员会话被盗，也无法用来创建新的管理员。',
  },
  addPerson: { en: 'Add a person', zh: '添加人员' },
  changePerson: { en: 'Give another role', zh: '修改角色' },
  removePerson: {
    en: 'Remove, with sessions and tokens',
    zh: '移除人员（会话和令牌一并失效）',
  },
  listPeople: { en: 'List them', zh: '列出人员' },
  tableNames: {
    en: 'TABLE and POOL are TableName and UserPoolId in what npm run deploy printed. Where Hypervigil runs on one machine there is no signing in: everybody uses tokens.',
    zh: 'TABLE 和 POOL 分别是 npm run deploy 输出中的 TableName 和 UserPoolId。单机运行时没有登录功能，统一使用令牌。',
  },
  rolesTitle: { en: 'What a role may', zh: '角色权限' },
  you: { en: 'you', zh: '你' },
});
