import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import './card.css';

interface CardProps {
  readonly title?: ComponentChildren;
  /** Beside the title. */
  readonly actions?: ComponentChildren;
  /** Without space around what is in it: tables, charts. */
  readonly flush?: boolean;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A part of a page with a heading of the second level. */
export function Card({ title, actions, flush, children, ...more }: CardProps): JSX.Element {
  const id = useId();
  const classes = ['card', flush === true && 'card-flush', more.class].filter(Boolean).join(' ');
  return (
    <section class={classes} aria-labelledby={title === undefined ? undefined : id}>
      {(title !== undefined || actions !== undefined) && (
        <header class="card-head">
          {title !== undefined && (
            <h2 class="card-title" id={id}>
              {title}
            </h2>
          )}
          {actions !== undefined && <div class="card-actions">{actions}</div>}
        </header>
      )}
      <div class="card-body">{children}</div>
    </section>
  );
}
