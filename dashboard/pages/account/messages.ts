import type { Role } from '../../../core/role.ts';
import type { Theme } from '../../app/theme.ts';
import { messages } from '../../i18n/language.ts';

export const ACCOUNT = messages({
  title: { en: 'Account', zh: '账户' },
  you: { en: 'You', zh: '当前用户' },
  name: { en: 'Name', zh: '名称' },
  role: { en: 'Role', zh: '角色' },
  by: { en: 'Known by', zh: '认证方式' },
  byToken: { en: 'an API token', zh: 'API 令牌' },
  bySession: { en: 'signing in', zh: '登录会话' },
  until: { en: 'Until', zh: '有效期至' },
  signOut: { en: 'Sign out', zh: '退出登录' },
  shown: { en: 'On this device', zh: '此设备的设置' },
  theme: { en: 'Colours', zh: '配色' },
  language: { en: 'Language', zh: '语言' },
  shortcuts: { en: 'Keyboard shortcuts', zh: '键盘快捷键' },
  licences: { en: 'Licences of others’ software', zh: '第三方软件许可' },
});

export const ROLE_TEXTS = messages({
  viewer: { en: 'viewer: looks at everything', zh: '查看者：可查看全部内容' },
  operator: {
    en: 'operator: also acknowledges and silences alerts',
    zh: '操作员：还可确认和静默告警',
  },
  admin: {
    en: 'admin: also changes rules, tokens and subscriptions',
    zh: '管理员：还可修改规则、令牌和订阅',
  },
}) satisfies Record<Role, unknown>;

export const THEME_TEXTS = messages({
  system: { en: 'As the device', zh: '跟随系统' },
  light: { en: 'Light', zh: '浅色' },
  dark: { en: 'Dark', zh: '深色' },
}) satisfies Record<Theme, unknown>;
