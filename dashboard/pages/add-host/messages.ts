import { messages, plural } from '../../i18n/language.ts';
import type { Platform } from './commands.ts';
import type { Trouble } from './progress.ts';

export const ADD_HOST = messages({
  title: { en: 'Add a host', zh: '添加主机' },
  lead: {
    en: 'One line on the host installs the agent, lets it in, and starts it.',
    zh: '在主机上执行一行命令，即可安装代理、完成注册并启动。',
  },
  onlyAdmins: {
    en: 'Only admins let hosts in. Ask one, or sign in as one.',
    zh: '仅管理员可添加主机，请联系管理员或以管理员身份登录。',
  },
  platform: { en: '1. Where it runs', zh: '1. 选择平台' },
  token: { en: '2. A token for it', zh: '2. 生成令牌' },
  tokenText: {
    en: 'The token lets hosts in: so many, until then. It is shown once.',
    zh: '令牌用于注册主机，限定数量和有效期，仅显示一次。',
  },
  hosts: { en: 'How many hosts', zh: '主机数量' },
  hostsWrong: { en: 'A whole number from 1 to 100,000.', zh: '请输入 1 到 100,000 的整数。' },
  lasts: { en: 'Good for', zh: '有效期' },
  hour: { en: 'an hour', zh: '1 小时' },
  day: { en: 'a day', zh: '1 天' },
  week: { en: 'a week', zh: '7 天' },
  again: { en: 'For hosts that were installed anew', zh: '用于重装的主机' },
  againHelp: {
    en: 'It may take the name of a host there is; that one’s key ends.',
    zh: '允许使用已有主机的名称，原主机的密钥将失效。',
  },
  make: { en: 'Make a token', zh: '生成令牌' },
  another: { en: 'Another token', zh: '重新生成' },
  run: { en: '3. Run this on the host', zh: '3. 在主机上执行' },
  runAs: {
    en: 'In a shell of somebody who may use sudo.',
    zh: '使用具有 sudo 权限的用户执行。',
  },
  runAsWindows: {
    en: 'In a PowerShell that was opened with “Run as administrator”.',
    zh: '在“以管理员身份运行”的 PowerShell 中执行。',
  },
  copy: { en: 'Copy', zh: '复制' },
  copied: { en: 'Copied', zh: '已复制' },
  copyFailed: {
    en: 'The browser did not copy it: select it by hand.',
    zh: '复制失败，请手动选择。',
  },
  show: { en: 'Show the token', zh: '显示令牌' },
  hide: { en: 'Hide the token', zh: '隐藏令牌' },
  tokenTerms: {
    en: (left: number) => `For ${plural(left, 'more host')}, until`,
    zh: (left: number) => `还可用于 ${left} 台主机，有效期至`,
  },
  gone: {
    en: 'The token itself is shown only once. Make another one to see a command.',
    zh: '令牌仅显示一次，如需命令请重新生成。',
  },
  progress: { en: '4. Wait for it', zh: '4. 等待接入' },
  waiting: {
    en: 'Waiting for the first host…',
    zh: '正在等待第一台主机…',
  },
  waitingMore: { en: 'Waiting for more…', zh: '正在等待更多主机…' },
  ended: { en: 'This token lets nobody in any more.', zh: '此令牌已失效。' },
  enrolled: {
    en: 'has its key; waiting for its first batch…',
    zh: '已注册，正在等待第一批数据…',
  },
  here: { en: 'is here', zh: '已接入' },
  vms: {
    en: (count: number) => (count === 0 ? 'no VMs found' : `${plural(count, 'VM')} found`),
    zh: (count: number) => (count === 0 ? '未发现虚拟机' : `发现 ${count} 台虚拟机`),
  },
  moreVms: {
    en: (count: number) => `and ${count} more`,
    zh: (count: number) => `等，另有 ${count} 台`,
  },
  open: { en: 'Open', zh: '查看' },
  noAddress: {
    en: 'Put the deployment’s address in place of URL (IngestUrl of the deployment).',
    zh: '请将 URL 替换为部署地址（部署输出的 IngestUrl）。',
  },
  onlyHere: {
    en: 'This address is reached from this machine only. For other hosts, put an HTTPS proxy in front of it, and start with npm start -- --external-url https://watch.example.com. On AWS every host reaches it.',
    zh: '此地址仅本机可访问。如需接入其他主机，请在前面部署 HTTPS 反向代理，并以 npm start -- --external-url https://watch.example.com 启动；部署在 AWS 上则所有主机均可访问。',
  },
  tokens: { en: 'Tokens that let hosts in', zh: '注册令牌' },
  keys: { en: 'Keys of hosts', zh: '主机密钥' },
  keysText: {
    en: 'What hosts post with; ended there.',
    zh: '主机上报数据所用的密钥，可在该页面吊销。',
  },
  keysLink: { en: 'Look at the keys', zh: '查看主机密钥' },
});

export const PLATFORM_TEXTS = messages({
  linux: { en: 'Linux', zh: 'Linux' },
  windows: { en: 'Windows', zh: 'Windows' },
  package: { en: 'Linux, by .deb or .rpm', zh: 'Linux（.deb 或 .rpm）' },
}) satisfies Record<Platform, unknown>;

export const PLATFORM_HELP = messages({
  linux: {
    en: 'x64 and arm64, glibc 2.28 or later, with systemd or without. Finds VMs of KVM/libvirt, Proxmox and others, and containers, by itself.',
    zh: 'x64 和 arm64，glibc 2.28 及以上，有无 systemd 均可。自动发现 KVM/libvirt、Proxmox 等虚拟机和容器。',
  },
  windows: {
    en: 'x64, PowerShell 5.1 or later.',
    zh: 'x64，PowerShell 5.1 及以上。',
  },
  package: {
    en: 'The package is installed from your own repository first: apt install hypervigil-agent, or dnf.',
    zh: '请先从自有仓库安装软件包：apt install hypervigil-agent 或 dnf。',
  },
}) satisfies Record<Platform, unknown>;

export const TROUBLE_TITLES = messages({
  'not-enrolled': { en: 'Nothing has come in 2 minutes', zh: '2 分钟内没有主机接入' },
  'no-batch': {
    en: 'A host has its key, and nothing came in 2 minutes',
    zh: '主机已注册，但 2 分钟内没有数据',
  },
}) satisfies Record<Trouble, unknown>;

export const TROUBLE_HELP = {
  'not-enrolled': messages({
    printed: {
      en: 'What did the command print? Its last line says what it lacks.',
      zh: '查看命令的输出，最后一行会说明原因。',
    },
    reach: {
      en: 'The host must reach the deployment by https. Behind a proxy, set https_proxy before the command.',
      zh: '主机需能通过 https 访问部署地址；如需代理，请先设置 https_proxy。',
    },
    built: {
      en: '“404 no_release”: no agent was built. Run npm run agent:build, and deploy again.',
      zh: '出现“404 no_release”：尚未构建代理，请执行 npm run agent:build 后重新部署。',
    },
    taken: {
      en: '“403”: a host of that name is here already. Make a token for hosts that were installed anew.',
      zh: '出现“403”：同名主机已存在，请生成“用于重装的主机”的令牌。',
    },
  }),
  'no-batch': messages({
    service: {
      en: 'Does the agent run? systemctl status hypervigil-agent, or journalctl -u hypervigil-agent, says why not.',
      zh: '检查代理是否运行：systemctl status hypervigil-agent 或 journalctl -u hypervigil-agent。',
    },
    check: {
      en: 'sudo -u hypervigil hypervigil-agent check says what it can read and whether it reaches the deployment.',
      zh: 'sudo -u hypervigil hypervigil-agent check 会检查读取权限和网络连通性。',
    },
    clock: {
      en: 'Is the clock of the host right? Samples far from now are refused.',
      zh: '检查主机时钟：时间偏差过大的数据会被拒绝。',
    },
  }),
} as const satisfies Record<Trouble, unknown>;
