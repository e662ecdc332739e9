import { useMemo } from 'preact/hooks';
import { navigate as go, usePathname, useSearch } from 'wouter-preact/use-browser-location';
import { type PageName, pageOfSegment, pageSegment } from '../../core/answers/page-names.ts';
import { loadPage, readyPage } from './page-loader.ts';

export type { PageName } from '../../core/answers/page-names.ts';

/** What an address's query says; `undefined` leaves a name out. */
export type Query = Readonly<Record<string, string | undefined>>;

/** The address of a page, relative: it works below whatever address Hypervigil has. */
export function hrefTo(page: PageName, query: Query = {}): string {
  const search = changed(new URLSearchParams(), query).toString();
  return `./${pageSegment(page)}${search === '' ? '' : `?${search}`}`;
}

/** Opens a page, as a click on a link would. */
export function navigate(
  page: PageName,
  query: Query = {},
  how: 'push' | 'replace' = 'push',
): void {
  openAddress(hrefTo(page, query), how);
}

/** Opens an address of ours: relative, or whole. */
export function openAddress(href: string, how: 'push' | 'replace' = 'push'): void {
  const { pathname, search, hash } = new URL(href, document.baseURI);
  const opening = {};
  newest = opening;
  const open = () => {
    if (newest === opening) go(pathname + search + hash, { replace: how === 'replace' });
  };
  const page = pageAt(pathname);
  const isHere = page === undefined || readyPage(page) !== undefined;
  const loading = isHere ? undefined : loadPage(page);
  // What is open stays until there is something to show in its place.
  if (loading === undefined) open();
  else void Promise.race([loading.catch(() => {}), after(WAIT_FOR_CODE_MS)]).then(open);
}

const WAIT_FOR_CODE_MS = 1_000;
/** Who clicks twice wants the second. */
let newest: object | undefined;

function after(waitMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, waitMs));
}

/** The page that is open; `undefined`: there is none at this address. */
export function usePage(): PageName | undefined {
  return pageAt(usePathname());
}

/** The page at a path, whatever stands before its last segment. */
export function pageAt(pathname: string): PageName | undefined {
  return pageOfSegment(pathname.slice(pathname.lastIndexOf('/') + 1));
}

/** Changes some names of the query, keeps the others; `''` is kept as such, `undefined` takes a name out. */
export type ChangeQuery = (changes: Query, how?: 'push' | 'replace') => void;

/** The query of the open page, and what changes it: state that a link carries belongs there. */
export function useQuery(): readonly [URLSearchParams, ChangeQuery] {
  const search = useSearch();
  const query = useMemo(() => new URLSearchParams(search), [search]);
  return [query, changeQuery];
}

function changeQuery(changes: Query, how: 'push' | 'replace' = 'push'): void {
  const { pathname, search, hash } = location;
  // Of the address as it is now: two changes at once both count.
  const query = changed(new URLSearchParams(search), changes).toString();
  if (query === search.slice(1)) return;
  go(`${pathname}${query === '' ? '' : `?${query}`}${hash}`, { replace: how === 'replace' });
}

function changed(query: URLSearchParams, changes: Query): URLSearchParams {
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) query.delete(name);
    else query.set(name, value);
  }
  return query;
}
