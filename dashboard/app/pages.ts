import type { PageTable } from './page-loader.ts';

/** Every page, in a file of its own that is loaded when it is opened, or when a link to it is pointed at. */
export const PAGES: PageTable = {
  overview: () => import('../pages/overview/page.tsx'),
  host: () => import('../pages/host/page.tsx'),
  vm: () => import('../pages/vm/page.tsx'),
  alerts: () => import('../pages/alerts/page.tsx'),
  account: () => import('../pages/account/page.tsx'),
  rules: () => import('../pages/rules/page.tsx'),
  graph: () => import('../pages/graph/page.tsx'),
  routing: () => import('../pages/routing/page.tsx'),
  audit: () => import('../pages/audit/page.tsx'),
  tokens: () => import('../pages/tokens/page.tsx'),
  'add-host': () => import('../pages/add-host/page.tsx'),
  subscriptions: () => import('../pages/subscriptions/page.tsx'),
};
