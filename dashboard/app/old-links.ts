import { pageAt } from './router.ts';

/**
 * Links as Alertmanager's messages have them (`/#/alerts?filter=…`, `/#/silences/new?filter=…`) are the alerts' page's.
 */
export function followOldLink(): void {
  const { pathname, search, hash } = location;
  if (pageAt(pathname) !== 'overview' || !/^#\/(alerts|silences|status)\b/.test(hash)) return;
  history.replaceState(null, '', `./alerts${search}${hash}`);
}
