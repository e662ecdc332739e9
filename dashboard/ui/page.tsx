import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import './page.css';

interface PageFrameProps {
  /** The page's heading, and what the browser's tab and history call it. */
  readonly title: string;
  /** What the tab says, if that is more: "web-1 · Host". */
  readonly documentTitle?: string;
  /** Beside the heading. */
  readonly actions?: ComponentChildren;
  /** Under the heading: what it is, in a few words. */
  readonly lead?: ComponentChildren;
  readonly children: ComponentChildren;
}

const PRODUCT = 'Hypervigil';

/** What every page has: its heading, its buttons, its title. */
export function PageFrame(props: PageFrameProps): JSX.Element {
  const { title, documentTitle = title, actions, lead, children } = props;
  useEffect(() => {
    document.title = `${documentTitle} · ${PRODUCT}`;
  }, [documentTitle]);
  return (
    <div class="page">
      <header class="page-head">
        <div class="page-heading">
          <h1 class="page-title" tabIndex={-1}>
            {title}
          </h1>
          {lead !== undefined && <div class="page-lead">{lead}</div>}
        </div>
        {actions !== undefined && <div class="page-actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
