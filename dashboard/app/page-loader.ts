import type { ComponentType } from 'preact';
import type { PageName } from '../../core/answers/page-names.ts';

/** What a page's module has. */
export interface PageModule {
  readonly Page: ComponentType;
}

/** How each page is loaded; a page that is not in it is not there. */
export type PageTable = Readonly<Partial<Record<PageName, () => Promise<PageModule>>>>;

let table: PageTable = {};

/** Given once, at the start: what links to pages doesn't import them. */
export function providePages(pages: PageTable): void {
  table = pages;
}

export function hasPage(page: PageName): boolean {
  return table[page] !== undefined;
}

const asked = new Map<PageName, Promise<PageModule>>();
const ready = new Map<PageName, ComponentType>();

/** The page, if its code is here. */
export function readyPage(page: PageName): ComponentType | undefined {
  return ready.get(page);
}

/** The module of a page; asked for once, and again only if that failed. `undefined`: there is no such page. */
export function loadPage(page: PageName): Promise<PageModule> | undefined {
  const known = asked.get(page);
  if (known !== undefined) return known;
  const loading = table[page]?.();
  if (loading === undefined) return undefined;
  asked.set(page, loading);
  loading.then(
    ({ Page }) => ready.set(page, Page),
    () => asked.delete(page),
  );
  return loading;
}
