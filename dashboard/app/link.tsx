import type { ComponentChildren, JSX } from 'preact';
import { loadPage } from './page-loader.ts';
import { hrefTo, openAddress, type PageName, type Query } from './router.ts';

interface LinkProps {
  readonly to: PageName;
  readonly query?: Query;
  /** What follows `#`. */
  readonly hash?: string;
  readonly class?: string;
  readonly title?: string;
  /** It leads to what is shown, or to the page that this is part of. */
  readonly current?: 'page' | 'location' | undefined;
  readonly label?: string;
  readonly onClick?: () => void;
  readonly children: ComponentChildren;
}

/** A link to a page of ours: opens without loading anew, and loads the page's code when it is pointed at. */
export function Link(props: LinkProps): JSX.Element {
  const { to, query, hash, current, label, onClick, children } = props;
  const href = hrefTo(to, query) + (hash === undefined ? '' : `#${hash}`);
  const prefetch = () => void loadPage(to)?.catch(() => {});
  return (
    <a
      href={href}
      class={props.class}
      title={props.title}
      aria-label={label}
      aria-current={current}
      onPointerEnter={prefetch}
      onFocus={prefetch}
      onClick={(event) => {
        onClick?.();
        if (!isPlainClick(event)) return;
        event.preventDefault();
        openAddress(href);
      }}
    >
      {children}
    </a>
  );
}

/** Another button or key opens it elsewhere, and that is the browser's. */
function isPlainClick(event: MouseEvent): boolean {
  const hasKey = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  return event.button === 0 && !hasKey && !event.defaultPrevented;
}
