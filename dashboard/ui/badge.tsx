import type { ComponentChildren, JSX } from 'preact';
import './badge.css';
import type { Tone } from './state.tsx';

interface BadgeProps {
  readonly tone?: Tone;
  readonly title?: string;
  readonly children: ComponentChildren;
}

/** A word or a number set apart. Its words say it: the colour only helps. */
export function Badge({ tone = 'quiet', title, children }: BadgeProps): JSX.Element {
  return (
    <span class={`badge badge-${tone}`} title={title}>
      {children}
    </span>
  );
}
