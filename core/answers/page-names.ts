/** The pages of the dashboard; each is at a path of one segment, but for the overview, which is at `/`. */
export const PAGE_NAMES = [
  'overview',
  'host',
  'vm',
  'alerts',
  'rules',
  'graph',
  'routing',
  'add-host',
  'subscriptions',
  'tokens',
  'audit',
  'account',
] as const;

export type PageName = (typeof PAGE_NAMES)[number];

/** The path's only segment: relative links work below whatever address Hypervigil has. `''` is the overview's. */
export function pageSegment(page: PageName): string {
  return page === 'overview' ? '' : page;
}

/** The page at a path's last segment; `undefined`: there is none. */
export function pageOfSegment(segment: string): PageName | undefined {
  if (segment === '') return 'overview';
  return PAGE_NAMES.find((name) => name === segment && name !== 'overview');
}
