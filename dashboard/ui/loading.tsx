import type { JSX } from 'preact';
import { t } from '../i18n/language.ts';
import './loading.css';
import { UI } from './messages.ts';

interface SkeletonProps {
  /** Lines of text that will be here. */
  readonly lines?: number;
  /** Or the height of what will be: CSS pixels. */
  readonly height?: number;
}

/** Holds the place of what is being loaded, so that nothing moves when it comes. */
export function Skeleton({ lines = 3, height }: SkeletonProps): JSX.Element {
  return (
    <div class="skeleton" role="status">
      <span class="visually-hidden">{t(UI.loading)}</span>
      {height === undefined ? (
        Array.from({ length: lines }, (_, i) => <span class="skeleton-line" key={i} />)
      ) : (
        <span
          class="skeleton-block"
          ref={(block) => {
            if (block !== null) block.style.height = `${height}px`;
          }}
        />
      )}
    </div>
  );
}
