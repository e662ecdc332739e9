import type { ComponentChildren, JSX } from 'preact';
import './empty.css';

interface EmptyProps {
  readonly title: string;
  /** What to do about it, or why there is nothing. */
  readonly children?: ComponentChildren;
  /** A button or a link that does it. */
  readonly action?: ComponentChildren;
}

/** In place of a list that has nothing. */
export function Empty({ title, children, action }: EmptyProps): JSX.Element {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children !== undefined && <div class="empty-text">{children}</div>}
      {action !== undefined && <div class="empty-action">{action}</div>}
    </div>
  );
}
